/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub;

import dev.dpo4j.hub.cache.BlobDownload;
import dev.dpo4j.hub.cache.ContentHash;
import dev.dpo4j.hub.cache.HubCache;
import dev.dpo4j.hub.http.HubRequests;
import dev.dpo4j.hub.http.Pause;
import dev.dpo4j.hub.http.RepoApi;
import dev.dpo4j.hub.repo.FileFilter;
import dev.dpo4j.hub.repo.HubException;
import dev.dpo4j.hub.repo.HubException.Reason;
import dev.dpo4j.hub.repo.HubListener;
import dev.dpo4j.hub.repo.HubName;
import dev.dpo4j.hub.repo.RepoFile;
import dev.dpo4j.hub.repo.RepoType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Brings the wanted files of a repository at one commit into the cache. */
final class Snapshot {
  private static final int THREADS = 8;
  private static final int NAMED = 10;
  private static final long HTTP_LIMIT = 50_000_000_000L;
  private static final Pattern WEIGHTS =
      Pattern.compile("(?i).*\\.(safetensors|bin|gguf|pt|pth|ckpt|h5|msgpack|onnx)");

  private final HubRequests requests;
  private final HubCache cache;
  private final RepoApi api;
  private final HubListener listener;
  private final HubName name;
  private final FileFilter filter;

  Snapshot(
      HubRequests requests, HubCache cache, HubListener listener, HubName name, FileFilter filter) {
    this.requests = requests;
    this.cache = cache;
    this.api = new RepoApi(requests, listener);
    this.listener = listener;
    this.name = name;
    this.filter = filter;
  }

  /** Returns the folder of the snapshot, in which every wanted file is. */
  Path download() {
    if (requests.settings().offline()) {
      return cached(null);
    }
    RepoApi.Revision revision;
    List<RepoFile> files;
    boolean known;
    try {
      revision =
          name.isCommit() ? new RepoApi.Revision(name.revision(), Set.of()) : api.revision(name);
      List<RepoFile> kept = known(revision);
      known = kept != null;
      files = kept == null ? told(revision) : kept;
    } catch (HubException e) {
      if (e.reason() != Reason.NETWORK) {
        throw e;
      }
      Path folder = cached(e);
      listener.notice(e.getMessage() + "; taking " + name + " from the cache as it is");
      return folder;
    }
    try {
      return bring(revision.commit(), files);
    } catch (HubException e) {
      if (e.reason() != Reason.CORRUPT && e.reason() != Reason.NOT_FOUND) {
        throw e;
      }
      // The list may be what is wrong; it is asked for anew, now if it was not, else next time.
      cache.forgetFiles(name, revision.commit());
      if (!known) {
        throw e;
      }
      listener.notice(e.getMessage() + "; the list of the files is asked for again");
      return bring(revision.commit(), told(revision));
    }
  }

  private Path bring(String commit, List<RepoFile> files) {
    List<RepoFile> wanted = wanted(files);
    cache.prepare(name, commit);
    if (cache.commit(name) == null) {
      // So that without a network the missing files can be named. An older snapshot that is whole
      // stays what the revision means until this one is whole, too.
      cache.remember(name, commit);
    }
    List<RepoFile> missing =
        wanted.stream().filter(file -> !cache.holds(name, commit, file)).toList();
    if (!missing.isEmpty()) {
      if (cache.files(name, commit) == null) {
        cache.expectFiles(name, commit, files);
      }
      fetch(commit, missing);
    }
    if (cache.files(name, commit) == null && !lacksWeights(files)) {
      cache.rememberFiles(name, commit, files);
    }
    cache.remember(name, commit);
    return cache.snapshot(name, commit);
  }

  /** A commit never changes: the list of its files is asked for once, if it was right. */
  private @Nullable List<RepoFile> known(RepoApi.Revision revision) {
    List<RepoFile> known = cache.files(name, revision.commit());
    return known != null && lacking(known, revision.names()).isEmpty() ? known : null;
  }

  /** Asks for the list; one that lacks files that the repository names is asked for again. */
  private List<RepoFile> told(RepoApi.Revision revision) {
    List<RepoFile> files = api.tree(name, revision.commit());
    List<String> lacking = lacking(files, revision.names());
    if (!lacking.isEmpty()) {
      files = api.tree(name, revision.commit());
      lacking = lacking(files, revision.names());
    }
    if (!lacking.isEmpty()) {
      throw new HubException(
          Reason.CORRUPT,
          "the list of the files of %s lacks %s, which the repository has. Nothing was kept; try again, and check proxies on the way"
              .formatted(name, named(lacking)));
    }
    return files;
  }

  private static List<String> lacking(List<RepoFile> files, Set<String> names) {
    Set<String> missing = new TreeSet<>(names);
    files.forEach(file -> missing.remove(file.path()));
    return List.copyOf(missing);
  }

  /** A model without weights may be one whose list was cut: such a list is used, but not kept. */
  private boolean lacksWeights(List<RepoFile> files) {
    return name.type() == RepoType.MODEL
        && files.stream().noneMatch(file -> WEIGHTS.matcher(file.path()).matches());
  }

  private List<RepoFile> wanted(List<RepoFile> files) {
    List<RepoFile> wanted = files.stream().filter(file -> filter.accepts(file.path())).toList();
    if (wanted.isEmpty()) {
      throw new HubException(
          Reason.NOT_FOUND,
          "%s has no file that is wanted (%s): it has %s"
              .formatted(name, filter, named(files.stream().map(RepoFile::path).toList())));
    }
    return wanted;
  }

  /**
   * Takes what is there without the network.
   *
   * @param cause why the network gave nothing, null where it must not be used
   */
  private Path cached(@Nullable HubException cause) {
    String commit = cache.commit(name);
    Path folder = commit == null ? null : cache.snapshot(name, commit);
    if (commit == null || folder == null || !Files.isDirectory(folder)) {
      throw lacking("%s is not in the cache %s".formatted(name, cache.root()), cause);
    }
    List<RepoFile> files = cache.toldFiles(name, commit);
    if (files != null) {
      List<String> missing =
          wanted(files).stream()
              .filter(file -> !cache.holds(name, commit, file))
              .map(RepoFile::path)
              .toList();
      if (!missing.isEmpty()) {
        throw lacking(
            "the cache %s lacks %d of the wanted files of %s at %s: %s"
                .formatted(cache.root(), missing.size(), name.id(), commit, named(missing)),
            cause);
      }
    }
    return folder;
  }

  private HubException lacking(String what, @Nullable HubException cause) {
    return cause == null
        ? new HubException(
            Reason.OFFLINE,
            "%s, and HF_HUB_OFFLINE (or TRANSFORMERS_OFFLINE) allows no network: unset it, or download where there is one: dpo4j hub download %s%s"
                .formatted(what, name, name.type() == RepoType.MODEL ? "" : " --repo_type dataset"))
        : new HubException(cause.reason(), cause.getMessage() + " (" + what + ")", cause);
  }

  private static String named(List<String> paths) {
    String first = String.join(", ", paths.subList(0, Math.min(NAMED, paths.size())));
    int more = paths.size() - NAMED;
    return paths.isEmpty() ? "no file at all" : more > 0 ? first + " and " + more + " more" : first;
  }

  private void fetch(String commit, List<RepoFile> missing) {
    long bytes = missing.stream().mapToLong(RepoFile::size).sum();
    long present = missing.stream().mapToLong(this::present).sum();
    checkRoom(bytes - present);
    listener.begins(name.toString(), missing.size(), bytes, present);
    ExecutorService pool =
        Executors.newFixedThreadPool(
            Math.min(THREADS, missing.size()), task -> daemon(task, "hub download"));
    try {
      ExecutorCompletionService<String> running = new ExecutorCompletionService<>(pool);
      List<RepoFile> left = new ArrayList<>(missing);
      left.forEach(file -> running.submit(() -> fetchOne(commit, file), file.path()));
      for (int done = 0; done < missing.size(); done++) {
        listener.fileDone(running.take().get());
      }
    } catch (InterruptedException e) {
      throw Pause.interrupted(e);
    } catch (ExecutionException | CancellationException e) {
      throw failure(e.getCause() == null ? e : e.getCause());
    } finally {
      stop(pool);
      listener.ends();
    }
  }

  private static Thread daemon(Runnable task, String title) {
    Thread thread = new Thread(task, title);
    thread.setDaemon(true);
    return thread;
  }

  /** The first failure ends the others; what they have stays for the next time. */
  private static void stop(ExecutorService pool) {
    pool.shutdownNow();
    try {
      if (!pool.awaitTermination(30, TimeUnit.SECONDS)) {
        return; // They are daemons, and their files are not published.
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private RuntimeException failure(Throwable cause) {
    if (cause instanceof RuntimeException e) {
      return e;
    }
    if (cause instanceof Error e) {
      throw e;
    }
    return new IllegalStateException(cause);
  }

  private long present(RepoFile file) {
    String sha256 = file.sha256();
    Path partial = BlobDownload.partial(cache.blob(name, sha256 == null ? file.blobId() : sha256));
    try {
      return Files.exists(partial) ? Math.min(Files.size(partial), file.size()) : 0;
    } catch (IOException e) {
      return 0;
    }
  }

  private void checkRoom(long bytes) {
    try {
      long room = Files.getFileStore(cache.root()).getUsableSpace();
      if (room < bytes) {
        throw new HubException(
            Reason.DISK,
            "%s needs %.1f GB more, but only %.1f GB are free in the cache %s: make room or set HF_HUB_CACHE to another folder"
                .formatted(name, bytes / 1e9, room / 1e9, cache.root()));
      }
    } catch (IOException e) {
      throw cache.unwritable(e);
    }
  }

  private void fetchOne(String commit, RepoFile file) {
    HubName exact = name.at(commit);
    RepoApi.Metadata facts = api.head(exact, file.path(), absent -> {});
    if (!facts.commit().equals(commit)) {
      throw new HubException(
          Reason.CORRUPT,
          "%s of %s was answered for commit %s: check HF_ENDPOINT"
              .formatted(file.path(), exact, facts.commit()));
    }
    if (file.size() > HTTP_LIMIT) {
      throw new HubException(
          Reason.REFUSED,
          "%s of %s has %.0f GB: the Hub gives files above 50 GB to its Xet clients only. Download it with `hf download`; it is then found in the cache"
              .formatted(file.path(), name, file.size() / 1e9));
    }
    ContentHash hash = ContentHash.of(file.sha256(), String.valueOf(file.blobId()), facts.etag());
    // The name of a blob is the hash of its content; a server that gives two files the same ETag
    // would else give both the same content.
    String key = hash == null ? facts.etag() : hash.value();
    Path blob = cache.blob(name, key);
    BlobDownload download =
        new BlobDownload(
            requests,
            listener,
            exact,
            api.resolve(exact, file.path()),
            file.path(),
            file.size(),
            hash);
    try {
      boolean fresh = download.into(blob, cache.lock(name, key));
      if (!fresh) {
        listener.advances(file.size()); // Another file or commit has brought the same content.
      }
      cache.show(name, commit, file.path(), blob, fresh);
    } catch (IOException e) {
      throw cache.unwritable(e);
    }
  }
}
