/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub.cache;

import dev.dpo4j.hub.http.HubRequests;
import dev.dpo4j.hub.repo.HubException;
import dev.dpo4j.hub.repo.HubName;
import dev.dpo4j.hub.repo.HubSettings;
import dev.dpo4j.hub.repo.RepoFile;
import dev.dpo4j.io.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The cache of huggingface_hub: for each repository {@code refs}, {@code blobs}, {@code snapshots}
 * and {@code trees}.
 *
 * <pre>
 * models--org--name/refs/main                       the commit that main means
 * models--org--name/blobs/HASH                      the content of a file
 * models--org--name/snapshots/COMMIT/config.json -> ../../blobs/HASH
 * models--org--name/trees/COMMIT.json               the list of the files of a commit
 * </pre>
 */
public final class HubCache {
  private static final String TAG =
      """
      Signature: 8a477f597d28d172789f06886806bc55
      # This file is a cache directory tag created by dpo4j.
      # For information about cache directory tags, see:
      #\thttps://bford.info/cachedir/
      """;

  private final Path root;
  private final boolean symlinks;

  public HubCache(HubSettings settings) {
    this.root = settings.cache();
    this.symlinks = settings.symlinks();
  }

  public Path root() {
    return root;
  }

  Path repo(HubName name) {
    return root.resolve(name.folder());
  }

  public Path blob(HubName name, String etag) {
    return repo(name).resolve("blobs").resolve(etag);
  }

  public Path lock(HubName name, String etag) {
    return root.resolve(".locks").resolve(name.folder()).resolve(etag + ".lock");
  }

  public Path snapshot(HubName name, String commit) {
    return repo(name).resolve("snapshots").resolve(commit);
  }

  public Path pointer(HubName name, String commit, String path) {
    return snapshot(name, commit).resolve(RepoFile.checkPath(path));
  }

  private Path tree(HubName name, String commit) {
    return repo(name).resolve("trees").resolve(commit + ".json");
  }

  private Path ref(HubName name) {
    return repo(name).resolve("refs").resolve(name.revision());
  }

  /** Makes the folders of a snapshot, and the tag that tells backups to pass by. */
  public void prepare(HubName name, String commit) {
    try {
      Files.createDirectories(snapshot(name, commit));
      Files.createDirectories(repo(name).resolve("blobs"));
      Path tag = root.resolve("CACHEDIR.TAG");
      if (!Files.exists(tag)) {
        AtomicFile.replace(tag, TAG);
      }
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  /** Returns the commit that a revision meant when it was last asked for, null if it never was. */
  public @Nullable String commit(HubName name) {
    if (name.isCommit()) {
      return name.revision();
    }
    Path file = ref(name);
    try {
      String text = Files.isRegularFile(file) ? Files.readString(file).strip() : "";
      return HubName.isCommit(text) ? text : null;
    } catch (IOException e) {
      return null;
    }
  }

  /** Notes what a revision means now. */
  public void remember(HubName name, String commit) {
    if (name.isCommit() || commit.equals(commit(name))) {
      return;
    }
    try {
      AtomicFile.replace(ref(name), commit);
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  /** A list that was told and not confirmed by a whole download yet. */
  private Path pending(HubName name, String commit) {
    return repo(name).resolve("trees").resolve(commit + ".dpo4j.pending");
  }

  /** Returns the list of a commit's files, null if it is not known. */
  public @Nullable List<RepoFile> files(HubName name, String commit) {
    List<RepoFile> files = list(tree(name, commit));
    return files == null || files.isEmpty() ? null : files;
  }

  /**
   * Returns the list of a commit's files, also one that is not confirmed; null if there is none.
   */
  public @Nullable List<RepoFile> toldFiles(HubName name, String commit) {
    List<RepoFile> files = files(name, commit);
    return files == null ? list(pending(name, commit)) : files;
  }

  private static @Nullable List<RepoFile> list(Path file) {
    try {
      return Files.isRegularFile(file)
          ? TreeFile.parse(Files.readString(file, StandardCharsets.UTF_8))
          : null;
    } catch (IOException e) {
      return null;
    }
  }

  /** Notes a list, so that without a network the files that are missing can be named. */
  public void expectFiles(HubName name, String commit, List<RepoFile> files) {
    try {
      AtomicFile.replace(pending(name, commit), TreeFile.write(files));
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  /** Keeps a list that a whole download has confirmed; it is not asked for again. */
  public void rememberFiles(HubName name, String commit, List<RepoFile> files) {
    try {
      AtomicFile.replace(tree(name, commit), TreeFile.write(files));
      Files.deleteIfExists(pending(name, commit));
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  /** Drops a list that turned out to be wrong. */
  public void forgetFiles(HubName name, String commit) {
    try {
      Files.deleteIfExists(tree(name, commit));
      Files.deleteIfExists(pending(name, commit));
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  /** Notes that a commit has no such file, as huggingface_hub does. */
  public void rememberAbsence(HubName name, String commit, String path) {
    Path note = repo(name).resolve(".no_exist").resolve(commit).resolve(RepoFile.checkPath(path));
    try {
      if (!Files.exists(note)) {
        Files.createDirectories(AtomicFile.folder(note));
        Files.createFile(note);
      }
    } catch (FileAlreadyExistsException e) {
      // Another process was faster.
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  /** Tells whether a file of a snapshot is there with its whole size. */
  public boolean holds(HubName name, String commit, RepoFile file) {
    Path pointer = pointer(name, commit, file.path());
    try {
      return Files.isRegularFile(pointer) && Files.size(pointer) == file.size();
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Lets a snapshot show a blob: a relative link, or where there are none a file.
   *
   * @param fresh whether the blob was made just now, so that it may be moved
   */
  public void show(HubName name, String commit, String path, Path blob, boolean fresh) {
    Path pointer = pointer(name, commit, path);
    try {
      Path folder = AtomicFile.folder(pointer);
      Files.createDirectories(folder);
      if (!symlinks || !link(pointer, folder.relativize(blob.toAbsolutePath()))) {
        place(pointer, blob, fresh);
      }
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  private static boolean link(Path pointer, Path target) throws IOException {
    for (int attempt = 0; attempt < 10; attempt++) {
      try {
        Files.createSymbolicLink(pointer, target);
        return true;
      } catch (FileAlreadyExistsException e) {
        if (Files.isSymbolicLink(pointer) && Files.readSymbolicLink(pointer).equals(target)) {
          return true;
        }
        Files.deleteIfExists(pointer);
      } catch (UnsupportedOperationException | SecurityException e) {
        return false;
      } catch (java.nio.file.FileSystemException e) {
        // Windows without the privilege, or a file system without links.
        return false;
      }
    }
    return false;
  }

  private static void place(Path pointer, Path blob, boolean fresh) throws IOException {
    if (fresh) {
      Files.move(blob, pointer, StandardCopyOption.REPLACE_EXISTING);
      return;
    }
    Path aside = pointer.resolveSibling(pointer.getFileName() + ".tmp");
    Files.copy(blob, aside, StandardCopyOption.REPLACE_EXISTING);
    AtomicFile.publish(aside, pointer);
  }

  public HubException unwritable(IOException e) {
    return new HubException(
        HubException.Reason.DISK,
        "cannot write to the cache %s: %s. Make room or set HF_HUB_CACHE to another folder"
            .formatted(root, HubRequests.describe(e)),
        e);
  }
}
