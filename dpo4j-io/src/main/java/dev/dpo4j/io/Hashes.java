/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.io;

/** Hashes of texts, in hexadecimal digits. */
public final class Hashes {
  private Hashes() {}

  /** The hash of several texts; where one ends and the next begins counts. */
  public static String of(String... texts) {
    StringBuilder all = new StringBuilder();
    for (String text : texts) {
      all.append(text.length()).append(':').append(text);
    }
    return Checksums.of(all.toString());
  }
}
