/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Hashes of texts, in hexadecimal digits. */
final class Hashes {
  private Hashes() {}

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** The hash of several texts; where one ends and the next begins counts. */
  static String of(String... texts) {
    StringBuilder all = new StringBuilder();
    for (String text : texts) {
      all.append(text.length()).append(':').append(text);
    }
    return sha256(all.toString().getBytes(StandardCharsets.UTF_8));
  }
}
