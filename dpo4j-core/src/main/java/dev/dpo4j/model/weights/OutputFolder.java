/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.weights;

import dev.dpo4j.io.OwnerLock;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The folder of a run, which must not mix with what another run left there. */
public final class OutputFolder {
  private static final int LISTED = 5;

  private OutputFolder() {}

  /**
   * Creates the folder, or takes an empty one.
   *
   * @param overwrite whether files that are there may stay and be replaced one by one
   * @throws FileAlreadyExistsException when the folder holds anything and {@code overwrite} is
   *     false, or a file of this name exists
   * @throws IOException when the folder cannot be made or written
   */
  public static void prepare(Path folder, boolean overwrite) throws IOException {
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw new FileAlreadyExistsException(
          folder.toString(), null, "output_dir is a file; choose another name");
    }
    Files.createDirectories(folder);
    if (!Files.isWritable(folder)) {
      throw new IOException("output_dir " + folder + " cannot be written; check its rights");
    }
    List<String> found;
    try (Stream<Path> files = Files.list(folder)) {
      found =
          files
              .map(f -> f.getFileName().toString())
              .filter(name -> !name.equals(OwnerLock.FOLDER_FILE))
              .sorted()
              .limit(LISTED + 1L)
              .toList();
    }
    if (!found.isEmpty() && !overwrite) {
      String names = String.join(", ", found.subList(0, Math.min(LISTED, found.size())));
      throw new FileAlreadyExistsException(
          folder.toString(),
          null,
          "output_dir exists and is not empty ("
              + names
              + (found.size() > LISTED ? ", ..." : "")
              + "); choose another folder, or set overwrite_output_dir to true to write into it");
    }
  }

  /**
   * Refuses a folder from which the run reads a model: its weights would be replaced by others, and
   * nothing could tell any more what the run began with.
   *
   * @param models folders or files of models; null is none
   * @throws FileAlreadyExistsException if the folder is one of them
   */
  public static void refuseModels(Path folder, Collection<@Nullable Path> models)
      throws IOException {
    for (@Nullable Path model : models) {
      if (model != null && Files.exists(model) && Files.exists(folder)) {
        if (Files.isSameFile(model, folder)) {
          throw new FileAlreadyExistsException(
              folder.toString(),
              null,
              "output_dir is the folder of a model that is read, whose weights would be replaced;"
                  + " choose another folder");
        }
      }
    }
  }

  /**
   * Refuses a folder on a disk that has no room for the model, before anything is computed.
   *
   * @param needed bytes that will be written
   * @throws IOException when fewer are free; a file system that does not tell is taken as it is
   */
  public static void requireSpace(Path folder, long needed) throws IOException {
    FileStore store = Files.getFileStore(folder);
    if (store.getTotalSpace() > 0) {
      requireSpace(folder, needed, store.getUsableSpace());
    }
  }

  /**
   * Refuses to begin writing the result where there is no room for it.
   *
   * @param needed bytes that will be written beside what is there
   * @throws IOException when fewer are free
   */
  public static void requireRoomForResult(Path folder, long needed) throws IOException {
    FileStore store = Files.getFileStore(folder);
    if (store.getTotalSpace() > 0 && store.getUsableSpace() < needed) {
      throw new IOException(
          "%.1f MB are free there, but the model takes %.1f MB"
              .formatted(store.getUsableSpace() / 1e6, needed / 1e6));
    }
  }

  static void requireSpace(Path folder, long needed, long free) throws IOException {
    if (free >= 0 && free < needed) {
      throw new IOException(
          "output_dir %s has %.1f MB free but the model takes %.1f MB; make room or choose another"
                  .formatted(folder, free / 1e6, needed / 1e6)
              + " folder (nothing was trained yet)");
    }
  }
}
