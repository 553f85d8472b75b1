/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub.cache;

import dev.dpo4j.hub.repo.CachedRepo;
import dev.dpo4j.hub.repo.HubException;
import dev.dpo4j.hub.repo.HubName;
import dev.dpo4j.hub.repo.RepoFile;
import dev.dpo4j.hub.repo.RepoType;
import dev.dpo4j.io.SmallFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Looks at all that is in the cache. */
public final class CacheScan {
  private final HubCache cache;

  public CacheScan(HubCache cache) {
    this.cache = cache;
  }

  /** Returns the repositories in the order of their names; folders of other kinds are passed by. */
  public List<CachedRepo> scan() {
    List<CachedRepo> repos = new ArrayList<>();
    try {
      for (Path folder : children(cache.root())) {
        @Nullable HubName name = name(folder);
        if (name != null && Files.isDirectory(folder.resolve("snapshots"))) {
          repos.add(repo(name, folder));
        }
      }
      return repos;
    } catch (IOException e) {
      throw cache.unwritable(e);
    }
  }

  private static @Nullable HubName name(Path folder) {
    String text = String.valueOf(folder.getFileName());
    for (RepoType type : RepoType.values()) {
      String prefix = type.plural() + "--";
      if (text.startsWith(prefix)) {
        try {
          return new HubName(
              type, text.substring(prefix.length()).replace("--", "/"), HubName.MAIN);
        } catch (HubException e) {
          return null;
        }
      }
    }
    return null;
  }

  private CachedRepo repo(HubName name, Path folder) throws IOException {
    long bytes = 0;
    long incomplete = 0;
    for (Path blob : children(folder.resolve("blobs"))) {
      boolean whole = !blob.toString().endsWith(".incomplete");
      long size = Files.isRegularFile(blob) ? Files.size(blob) : 0;
      bytes += whole ? size : 0;
      incomplete += whole ? 0 : size;
    }
    Map<String, List<String>> refs = refs(folder.resolve("refs"));
    List<CachedRepo.Revision> revisions = new ArrayList<>();
    for (Path snapshot : children(folder.resolve("snapshots"))) {
      String commit = String.valueOf(snapshot.getFileName());
      if (!HubName.isCommit(commit)) {
        continue; // Something that the system put there, such as .DS_Store.
      }
      int files = regularFiles(snapshot).size();
      List<RepoFile> known = cache.files(name, commit);
      int missing =
          known == null
              ? -1
              : (int) known.stream().filter(file -> !cache.holds(name, commit, file)).count();
      revisions.add(
          new CachedRepo.Revision(
              commit, refs.getOrDefault(commit, List.of()), files, missing, snapshot));
    }
    return new CachedRepo(name.type().word(), name.id(), folder, bytes, revisions, incomplete);
  }

  private static Map<String, List<String>> refs(Path folder) throws IOException {
    Map<String, List<String>> refs = new TreeMap<>();
    for (Path file : regularFiles(folder)) {
      String ref = folder.relativize(file).toString().replace('\\', '/');
      String commit = SmallFile.readString(file).strip();
      refs.computeIfAbsent(commit, unused -> new ArrayList<>()).add(ref);
    }
    return refs;
  }

  private static List<Path> children(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> list = Files.list(folder)) {
      return list.sorted().toList();
    }
  }

  private static List<Path> regularFiles(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> walk = Files.walk(folder)) {
      return walk.filter(Files::isRegularFile).sorted().toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
