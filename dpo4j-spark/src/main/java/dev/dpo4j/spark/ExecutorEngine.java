/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import dev.dpo4j.tensor.Engine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * Starts libtorch in an executor.
 *
 * <p>Executors of one machine start at the same moment and unpack the same libraries. They take
 * turns, in a folder that they share with nobody who unpacks others there: a library that is
 * replaced while it is mapped ends the process.
 */
final class ExecutorEngine {
  private static final String CACHE_PROPERTY = "org.bytedeco.javacpp.cachedir";
  private static final String MKL = "org/bytedeco/mkl/linux-x86_64/libmkl_rt.so.2";

  private ExecutorEngine() {}

  /** Starts the engine unless it runs already. */
  static synchronized Engine start() {
    if (System.getProperty(CACHE_PROPERTY) == null) {
      System.setProperty(CACHE_PROPERTY, folder().toString());
    }
    NativesArchive.open();
    Path folder = Path.of(System.getProperty(CACHE_PROPERTY));
    try {
      Files.createDirectories(folder);
      try (FileChannel channel =
              FileChannel.open(
                  folder.resolve(".dpo4j-spark.lock"),
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE);
          FileLock turn = channel.lock()) {
        return Engine.ensureStarted();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "The native libraries cannot be unpacked into %s: %s. Name another folder with -D%s in spark.executor.extraJavaOptions"
              .formatted(folder, e, CACHE_PROPERTY),
          e);
    }
  }

  private static Path folder() {
    ClassLoader loader = ExecutorEngine.class.getClassLoader();
    boolean mkl = loader != null && loader.getResource(MKL) != null;
    String name = mkl ? "dpo4j-spark-mkl" : "dpo4j-spark";
    for (String base : List.of("user.home", "java.io.tmpdir")) {
      Path folder = Path.of(System.getProperty(base, ""));
      if (Files.isDirectory(folder) && Files.isWritable(folder)) {
        return folder.resolve(".javacpp").resolve(name);
      }
    }
    return Path.of("").toAbsolutePath().resolve(".javacpp").resolve(name);
  }
}
