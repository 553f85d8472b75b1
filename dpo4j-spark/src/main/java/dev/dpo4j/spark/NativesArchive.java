/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.SparkFiles;
import org.apache.spark.util.MutableURLClassLoader;

/**
 * The natives of the engine in an archive, which {@code --archives natives.zip#dpo4j-natives} has
 * Spark unpack beside each executor.
 *
 * <p>It holds the jars that {@code --jars} would name. They join the class path before the engine
 * starts: an executor's own class path is fixed before the archive is there.
 */
final class NativesArchive {
  /** What the archive is called behind the {@code #}. */
  static final String NAME = "dpo4j-natives";

  private NativesArchive() {}

  /**
   * Adds the jars to the class path, if there is such an archive.
   *
   * @throws SparkRunException if it holds no jars, or the class path cannot grow
   */
  static void open() {
    Path folder = Path.of(SparkFiles.get(NAME));
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> jars = files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
      if (jars.isEmpty()) {
        throw new SparkRunException(
            "The archive %s holds no jars at its top: make it of what dpo4j-spark/target/natives holds, without the folder"
                .formatted(folder));
      }
      if (!(NativesArchive.class.getClassLoader() instanceof MutableURLClassLoader loader)) {
        throw new SparkRunException(
            "The archive %s cannot join the class path, because dpo4j-spark-assembly.jar is on the class path that the executor started with: name the natives there, too, or hand the assembly to spark-submit"
                .formatted(folder));
      }
      for (Path jar : jars) {
        loader.addURL(jar.toUri().toURL());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("The archive %s cannot be read: %s".formatted(folder, e), e);
    }
  }
}
