/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.card;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compiled kernels in a folder, by their source, the compiler's version and the architecture.
 *
 * <p>Behind each binary stands its checksum: a file that was cut or changed is compiled again.
 *
 * <p>A folder that cannot be written costs the time to compile again, no more.
 */
final class CubinCache {
  private static final Logger log = LoggerFactory.getLogger(CubinCache.class);
  private static final int NAME_CHARACTERS = 32;
  private static final int CHECKSUM_BYTES = 32;

  private final Path folder;
  private final String compilerVersion;
  private final Compiler compiler;

  /** Compiles CUDA C. */
  @FunctionalInterface
  interface Compiler {
    /**
     * Returns the binary.
     *
     * @param architecture such as {@code sm_90}
     */
    byte[] compile(String fileName, String source, String architecture);
  }

  CubinCache(Path folder, String compilerVersion, Compiler compiler) {
    this.folder = folder;
    this.compilerVersion = compilerVersion;
    this.compiler = compiler;
  }

  /** The folder in the user's cache. */
  static Path userFolder() {
    String base = System.getenv().getOrDefault("XDG_CACHE_HOME", "");
    Path cache =
        base.isEmpty() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(base);
    return cache.resolve("dpo4j").resolve("cubins");
  }

  /** The binary of a source, compiled unless it was before. */
  byte[] binary(String fileName, String source, String architecture) {
    String key = key(source, architecture);
    Path file = folder.resolve(fileName + "-" + architecture + "-" + key + ".cubin");
    byte[] kept = read(file);
    if (kept.length > 0) {
      return kept;
    }
    long start = System.nanoTime();
    byte[] binary = compiler.compile(fileName, source, architecture);
    log.debug(
        "compiled {} for {} in {} ms",
        fileName,
        architecture,
        (System.nanoTime() - start) / 1_000_000);
    keep(file, binary);
    return binary;
  }

  private String key(String source, String architecture) {
    MessageDigest digest = digest();
    for (String part : new String[] {compilerVersion, architecture, source}) {
      digest.update(part.getBytes(StandardCharsets.UTF_8));
      digest.update((byte) 0);
    }
    return HexFormat.of().formatHex(digest.digest()).substring(0, NAME_CHARACTERS);
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JVM has no SHA-256", e);
    }
  }

  /** What was kept, nothing if the file is not there or not whole. */
  private static byte[] read(Path file) {
    try {
      byte[] bytes = Files.isRegularFile(file) ? Files.readAllBytes(file) : new byte[0];
      int end = bytes.length - CHECKSUM_BYTES;
      if (end <= 0) {
        return new byte[0];
      }
      byte[] binary = Arrays.copyOf(bytes, end);
      byte[] checksum = Arrays.copyOfRange(bytes, end, bytes.length);
      return Arrays.equals(digest().digest(binary), checksum) ? binary : new byte[0];
    } catch (IOException e) {
      return new byte[0];
    }
  }

  private void keep(Path file, byte[] binary) {
    try {
      Files.createDirectories(folder);
      Path aside = Files.createTempFile(folder, "cubin", ".tmp");
      try {
        Files.write(aside, binary);
        Files.write(aside, digest().digest(binary), StandardOpenOption.APPEND);
        Files.move(
            aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(aside);
      }
    } catch (IOException | UncheckedIOException e) {
      log.debug("{} is not kept: {}", file, e.toString());
    }
  }
}
