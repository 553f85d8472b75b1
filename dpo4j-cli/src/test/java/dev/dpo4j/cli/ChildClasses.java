/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import dev.dpo4j.io.Folders;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The classes that a training process loads, as an archive that the JVM maps. It saves a third of
 * the processor time of each of the hundreds of short processes that the tests start.
 *
 * <p>The JVM archives classes of jars only. Where modules are on the class path as folders, as in
 * an IDE, processes start without an archive.
 */
final class ChildClasses {
  private static final Path ARCHIVE = Path.of("target", "child.jsa");

  private ChildClasses() {}

  /** The class path of a process; the folder with the tests' own classes is left out of it. */
  static String path() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(place -> !place.endsWith("test-classes") && !place.endsWith("test-classes/"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** The option that names the archive, which is written at the first call; none without jars. */
  static synchronized List<String> options() {
    List<File> places = Stream.of(path().split(File.pathSeparator)).map(File::new).toList();
    if (places.stream().anyMatch(File::isDirectory)) {
      return List.of();
    }
    long newest = places.stream().mapToLong(File::lastModified).max().orElse(0);
    if (ARCHIVE.toFile().lastModified() < newest) {
      try (FileChannel lock =
          FileChannel.open(
              ARCHIVE.resolveSibling("child.lock"),
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE)) {
        lock.lock(); // Another JVM of the tests may be writing it; closing lets go.
        if (ARCHIVE.toFile().lastModified() < newest) {
          write();
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return List.of("-XX:SharedArchiveFile=" + ARCHIVE.toAbsolutePath(), "-Xlog:disable");
  }

  /** Trains for some steps; what that loads is written when the process ends. */
  private static void write() throws IOException {
    Path folder = Files.createTempDirectory("child-classes");
    Path archive = ARCHIVE.resolveSibling("child.jsa.partial").toAbsolutePath();
    try {
      ChildRun run = ChildRun.dpo(folder, "--max_steps=4");
      List<String> command =
          new ArrayList<>(ChildRun.command(List.of(), run.into(folder.resolve("run"))));
      command.addAll(1, List.of("-XX:ArchiveClassesAtExit=" + archive, "-Xlog:disable"));
      Process process = ChildRun.quiet(command).start();
      if (!process.waitFor(5, TimeUnit.MINUTES) || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new IOException("the run that writes " + archive + " failed: " + command);
      }
      Files.move(archive, ARCHIVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    } finally {
      Folders.delete(folder);
    }
  }
}
