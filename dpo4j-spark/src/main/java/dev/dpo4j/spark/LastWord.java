/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import dev.dpo4j.io.SmallFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Why a run cannot succeed however often it is started.
 *
 * <p>Spark starts all ranks anew when one fails, which helps where an executor is lost and not
 * where a row is at fault. The rank that knows better leaves word on the shared storage.
 */
final class LastWord {
  private static final String FILE = "failed.txt";

  private LastWord() {}

  /** Leaves word for the ranks that Spark starts next. */
  static void leave(Path folder, int rank, Throwable why) {
    String message = why.getMessage() == null ? why.toString() : why.getMessage();
    try {
      Files.writeString(folder.resolve(FILE), "rank %d: %s".formatted(rank, message));
    } catch (IOException e) {
      why.addSuppressed(e); // The run is started again, and fails again.
    }
  }

  /** Reads what an earlier attempt has left, null where it left nothing. */
  static @Nullable String read(Path folder) {
    Path file = folder.resolve(FILE);
    try {
      return Files.exists(file) ? SmallFile.readString(file) : null;
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + file, e);
    }
  }
}
