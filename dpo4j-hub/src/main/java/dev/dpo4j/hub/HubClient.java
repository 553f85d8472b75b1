/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub;

import dev.dpo4j.hub.cache.BlobDownload;
import dev.dpo4j.hub.cache.CacheScan;
import dev.dpo4j.hub.cache.ContentHash;
import dev.dpo4j.hub.cache.HubCache;
import dev.dpo4j.hub.http.HubRequests;
import dev.dpo4j.hub.http.Pause;
import dev.dpo4j.hub.http.RepoApi;
import dev.dpo4j.hub.repo.CachedRepo;
import dev.dpo4j.hub.repo.FileFilter;
import dev.dpo4j.hub.repo.HubException;
import dev.dpo4j.hub.repo.HubListener;
import dev.dpo4j.hub.repo.HubName;
import dev.dpo4j.hub.repo.HubSettings;
import dev.dpo4j.hub.repo.RepoFile;
import dev.dpo4j.hub.repo.RepoType;
import dev.dpo4j.io.JacksonCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Models and data sets of the Hugging Face Hub by name, in the cache that huggingface_hub uses.
 *
 * <p>All methods wait until they are done, and may be called from several threads and processes at
 * once.
 */
public final class HubClient {
  private final HubSettings settings;
  private final HubRequests requests;
  private final HubCache cache;

  /** A client for a Hub and a cache; it holds no connection until it is used. */
  public HubClient(HubSettings settings) {
    this(settings, Pause.REAL);
  }

  HubClient(HubSettings settings, Pause pause) {
    JacksonCheck.require();
    this.settings = settings;
    this.requests = new HubRequests(settings, pause);
    this.cache = new HubCache(settings);
  }

  /** Returns what this client was made with. */
  public HubSettings settings() {
    return settings;
  }

  /**
   * Downloads the files of a repository that are not in the cache.
   *
   * <p>Without a network, or where the Hub cannot be reached, the cache is taken as it is.
   *
   * @param name the repository and its revision
   * @param filter which files are wanted
   * @param listener hears how far it is
   * @return the folder of the snapshot, with every wanted file in it
   * @throws HubException if a file cannot be had; what came so far is gone on with the next time
   */
  public Path snapshot(HubName name, FileFilter filter, HubListener listener) {
    return new Snapshot(requests, cache, listener, name, filter).download();
  }

  /**
   * Downloads one file of a repository unless it is in the cache.
   *
   * @param name the repository and its revision
   * @param path the file in it
   * @param listener hears how far it is
   * @return the file in the cache
   * @throws HubException if there is no such file, or it cannot be had
   */
  public Path file(HubName name, String path, HubListener listener) {
    RepoFile.checkPath(path);
    String known = cache.commit(name);
    boolean settled = name.isCommit() || settings.offline();
    if (known != null && settled && Files.isRegularFile(cache.pointer(name, known, path))) {
      return cache.pointer(name, known, path);
    }
    if (settings.offline()) {
      throw new HubException(
          HubException.Reason.OFFLINE,
          "%s of %s is not in the cache %s, and HF_HUB_OFFLINE (or TRANSFORMERS_OFFLINE) allows no network"
              .formatted(path, name, cache.root()));
    }
    RepoApi api = new RepoApi(requests, listener);
    RepoApi.Metadata facts =
        api.head(name, path, commit -> cache.rememberAbsence(name, commit, path));
    HubName exact = name.at(facts.commit());
    Path pointer = cache.pointer(name, facts.commit(), path);
    if (Files.isRegularFile(pointer)) {
      return pointer;
    }
    cache.prepare(name, facts.commit());
    cache.remember(name, facts.commit());
    Path blob = cache.blob(name, facts.etag());
    listener.begins(name + " " + path, 1, Math.max(0, facts.size()), 0);
    try {
      BlobDownload download =
          new BlobDownload(
              requests,
              listener,
              exact,
              api.resolve(exact, path),
              path,
              facts.size(),
              ContentHash.of(null, facts.etag(), null));
      boolean fresh = download.into(blob, cache.lock(name, facts.etag()));
      cache.show(name, facts.commit(), path, blob, fresh);
      listener.fileDone(path);
    } catch (IOException e) {
      throw cache.unwritable(e);
    } finally {
      listener.ends();
    }
    return pointer;
  }

  /**
   * Lists the files of a repository; where the Hub cannot be reached, from the cache.
   *
   * @throws HubException if there is no such repository or revision, or neither place knows
   */
  public List<RepoFile> files(HubName name, HubListener listener) {
    if (!settings.offline()) {
      try {
        RepoApi api = new RepoApi(requests, listener);
        String commit = name.isCommit() ? name.revision() : api.commit(name);
        List<RepoFile> known = cache.files(name, commit);
        if (known != null) {
          return known;
        }
        return api.tree(name, commit);
      } catch (HubException e) {
        if (e.reason() != HubException.Reason.NETWORK) {
          throw e;
        }
        List<RepoFile> known = cachedFiles(name);
        if (known == null) {
          throw e;
        }
        return known;
      }
    }
    List<RepoFile> known = cachedFiles(name);
    if (known == null) {
      throw new HubException(
          HubException.Reason.OFFLINE,
          "the files of %s are not known to the cache %s, and HF_HUB_OFFLINE (or TRANSFORMERS_OFFLINE) allows no network"
              .formatted(name, cache.root()));
    }
    return known;
  }

  private @Nullable List<RepoFile> cachedFiles(HubName name) {
    String commit = cache.commit(name);
    return commit == null ? null : cache.files(name, commit);
  }

  /** Returns what is in the cache. */
  public List<CachedRepo> cached() {
    return new CacheScan(cache).scan();
  }

  /**
   * Makes sure that a repository for uploads is there.
   *
   * @param id {@code org/name}, or a name alone for the account of the token
   * @param hidden whether it must be private
   * @return uploads to it
   * @throws HubException if the token may not write there, or it is public and should be private
   */
  public HubUpload upload(RepoType type, String id, boolean hidden, HubListener listener) {
    return HubUpload.open(requests, listener, type, id, hidden);
  }
}
