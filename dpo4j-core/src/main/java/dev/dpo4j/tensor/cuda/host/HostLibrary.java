/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.host;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import dev.dpo4j.tensor.cuda.kernel.KernelSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The kernels as a library for the host, made by the system's C++ compiler when it is first needed.
 *
 * <p>The library lies in the user's cache under a name that follows from its source and the
 * command, so that a change of either makes a new one.
 */
public final class HostLibrary {
  // No contraction: the same sums on every processor. The bytes of an element have several types.
  private static final List<String> OPTIONS =
      List.of(
          "-std=c++17",
          "-O3",
          "-fPIC",
          "-shared",
          "-fno-strict-aliasing",
          "-ffp-contract=off",
          "-Wno-unknown-pragmas");
  private static final long MINUTES = 5;

  private static @Nullable HostLibrary instance;

  private final NativeLibrary library;

  private HostLibrary(NativeLibrary library) {
    this.library = library;
  }

  /** The compiler that is used: {@code $CXX} if set, else the first of c++, g++ and clang++. */
  public static Optional<String> compiler() {
    String chosen = System.getenv("CXX");
    List<String> names =
        chosen != null && !chosen.isBlank() ? List.of(chosen) : List.of("c++", "g++", "clang++");
    return names.stream().filter(HostLibrary::runs).findFirst();
  }

  private static boolean runs(String compiler) {
    try {
      return run(List.of(compiler, "--version")).code() == 0;
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  /**
   * The library, compiled if it is not in the cache.
   *
   * @throws IllegalStateException if there is no compiler, or it fails
   */
  static synchronized HostLibrary get() {
    if (instance == null) {
      Path file = file(KernelSource.forHost());
      try {
        instance = new HostLibrary(NativeLibrary.getInstance(file.toString()));
      } catch (UnsatisfiedLinkError e) {
        throw new IllegalStateException(
            "could not load %s: %s; delete it to have it made again"
                .formatted(file, e.getMessage()),
            e);
      }
    }
    return instance;
  }

  Function function(String name) {
    return library.getFunction(name);
  }

  private static Path file(String source) {
    String compiler =
        compiler()
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "no C++ compiler was found; install g++ or let CXX name one"));
    String version = run(List.of(compiler, "--version")).output();
    String key = hash(source + OPTIONS + compiler + version + System.getProperty("os.arch"));
    Path folder = folder();
    Path file = folder.resolve("host-kernels-" + key + ".so");
    if (!Files.isRegularFile(file)) {
      compile(compiler, source, folder, file);
    }
    return file;
  }

  private static void compile(String compiler, String source, Path folder, Path file) {
    try {
      Path text = Files.createTempFile(folder, "host-kernels-", ".cpp");
      Path made = Files.createTempFile(folder, "host-kernels-", ".so.tmp");
      try {
        Files.writeString(text, source);
        List<String> command = new ArrayList<>(List.of(compiler));
        command.addAll(OPTIONS);
        command.addAll(List.of("-o", made.toString(), text.toString()));
        Result result = run(command);
        if (result.code() != 0) {
          throw new IllegalStateException(
              "%s failed with code %d:%n%s"
                  .formatted(String.join(" ", command), result.code(), result.output()));
        }
        move(made, file);
      } finally {
        Files.deleteIfExists(text);
        Files.deleteIfExists(made);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("could not write " + file + ": " + e.getMessage(), e);
    }
  }

  /** Another process may have made the same file meanwhile, which is as good. */
  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** The user's cache, or else a fresh folder that nobody else can write to. */
  private static Path folder() {
    String cache = System.getenv("XDG_CACHE_HOME");
    Path base =
        cache != null && !cache.isBlank()
            ? Path.of(cache)
            : Path.of(System.getProperty("user.home"), ".cache");
    Path folder = base.resolve("dpo4j");
    try {
      return Files.createDirectories(folder);
    } catch (IOException notWritable) {
      try {
        return Files.createTempDirectory("dpo4j-");
      } catch (IOException e) {
        throw new UncheckedIOException("could not make a folder for the host's kernels", e);
      }
    }
  }

  private static String hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }

  private record Result(int code, String output) {}

  private static Result run(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new IllegalStateException(String.join(" ", command) + " did not end");
      }
      return new Result(process.exitValue(), output);
    } catch (IOException e) {
      throw new UncheckedIOException("could not run " + command.get(0), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while running " + command.get(0), e);
    }
  }
}
