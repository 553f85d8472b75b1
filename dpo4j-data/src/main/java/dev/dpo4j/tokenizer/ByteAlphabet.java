/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tokenizer;

/**
 * The printable stand-ins that byte-level tokenizers use for the 256 bytes: a printable byte stands
 * for itself, and the others, in their order, for the code points from 256 on. Introduced with
 * GPT-2 and kept by every byte-level {@code tokenizer.json} since.
 */
final class ByteAlphabet {
  private static final char[] CHARS = chars();

  private ByteAlphabet() {}

  /** The character that stands for a byte, given as 0..255. */
  static char charOf(int unsignedByte) {
    return CHARS[unsignedByte];
  }

  private static char[] chars() {
    char[] table = new char[256];
    int next = 256;
    for (int b = 0; b < 256; b++) {
      boolean printable =
          (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || (b >= 0xAE && b <= 0xFF);
      table[b] = (char) (printable ? b : next++);
    }
    return table;
  }
}
