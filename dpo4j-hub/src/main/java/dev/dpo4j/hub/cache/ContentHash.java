/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub.cache;

import dev.dpo4j.hub.http.Pause;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The hash that a file must have: SHA-256 of its content, or the SHA-1 that git gives a small file.
 *
 * @param value in hexadecimal digits, 64 or 40 of them
 */
public record ContentHash(String value) {
  private static final int BUFFER = 1 << 20;

  /**
   * Returns the hash among the given texts that says most, null if none is a hash.
   *
   * @param listed what the list of the files says, which comes before a header of the server
   */
  public static @Nullable ContentHash of(
      @Nullable String sha256, String listed, @Nullable String etag) {
    if (sha256 != null) {
      return new ContentHash(sha256);
    }
    for (String text : new String[] {listed, String.valueOf(etag)}) {
      if (text.matches("[0-9a-f]{64}|[0-9a-f]{40}")) {
        return new ContentHash(text);
      }
    }
    return null;
  }

  String algorithm() {
    return value.length() == 64 ? "SHA-256" : "SHA-1";
  }

  /** Computes the same kind of hash of a file as it stands on the disk. */
  public String of(Path file) throws IOException {
    MessageDigest digest = digest(algorithm());
    if (value.length() == 40) {
      digest.update(("blob " + Files.size(file) + "\0").getBytes(StandardCharsets.US_ASCII));
    }
    update(digest, file);
    return HexFormat.of().formatHex(digest.digest());
  }

  public static String sha256(Path file) throws IOException {
    return new ContentHash("0".repeat(64)).of(file);
  }

  public static String gitBlob(Path file) throws IOException {
    return new ContentHash("0".repeat(40)).of(file);
  }

  private static void update(MessageDigest digest, Path file) throws IOException {
    byte[] buffer = new byte[BUFFER];
    try (InputStream in = Files.newInputStream(file)) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        if (Thread.currentThread().isInterrupted()) {
          throw Pause.interrupted(new InterruptedException("while a file was checked"));
        }
        digest.update(buffer, 0, read);
      }
    }
  }

  private static MessageDigest digest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has " + algorithm, e);
    }
  }
}
