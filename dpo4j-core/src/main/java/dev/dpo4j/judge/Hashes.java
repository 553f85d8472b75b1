/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge;

import dev.dpo4j.safetensors.Checksums;

/** Hashes of texts, in hexadecimal digits. */
final class Hashes {
  private Hashes() {}

  /** The hash of several texts; where one ends and the next begins counts. */
  static String of(String... texts) {
    StringBuilder all = new StringBuilder();
    for (String text : texts) {
      all.append(text.length()).append(':').append(text);
    }
    return Checksums.of(all.toString());
  }
}
