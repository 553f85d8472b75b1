/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.token;

import dev.dpo4j.io.Checksums;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A checksum by which another build of the code is known: other code may make other tokens. */
final class CodeDigest {
  private static final class Holder {
    private static final String VALUE = compute(System.getProperty("java.class.path", ""));
  }

  private CodeDigest() {}

  /** The checksum of the code that is running. */
  static String get() {
    return Holder.VALUE;
  }

  /** Jars are told apart by name, size and date: reading all of them takes seconds. */
  private static String compute(String classPath) {
    MessageDigest digest = Checksums.digest();
    for (String entry : classPath.split(Pattern.quote(File.pathSeparator), -1)) {
      Path path = Path.of(entry);
      try (Stream<Path> files = Files.exists(path) ? Files.walk(path) : Stream.empty()) {
        for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
          String line =
              "%s %d %s\n".formatted(file, Files.size(file), Files.getLastModifiedTime(file));
          digest.update(line.getBytes(StandardCharsets.UTF_8));
        }
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot look at " + path + ": " + e, e);
      }
    }
    return Checksums.hex(digest);
  }
}
