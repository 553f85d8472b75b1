/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.file;

/**
 * Finds the first byte that breaks UTF-8, in a stream that is handed over in pieces.
 *
 * <p>As strict as RFC 3629: overlong forms, surrogates and code points above U+10FFFF are refused.
 */
final class Utf8Check {
  private int pending;
  private int low = 0x80;
  private int high = 0xBF;
  private int lead;
  private int taken;

  /**
   * Checks the next piece.
   *
   * @return the place of the first bad byte in the array, or -1 if there is none
   */
  int firstInvalid(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      int b = bytes[i] & 0xFF;
      if (pending > 0) {
        if (b < low || b > high) {
          return i;
        }
        taken++;
        pending--;
        low = 0x80;
        high = 0xBF;
      } else if (b >= 0x80) {
        lead = b;
        taken = 1;
        if (!start(b)) {
          taken = 0;
          return i;
        }
      }
    }
    return -1;
  }

  /** After a bad byte: how many bytes before it the broken character began. */
  int bytesBack() {
    return taken;
  }

  /** After a bad byte: the byte with which the broken character began. */
  int lead() {
    return lead;
  }

  /** Returns whether the last character is complete. */
  boolean isComplete() {
    return pending == 0;
  }

  private boolean start(int b) {
    if (b < 0xC2 || b > 0xF4) {
      return false;
    }
    pending = b < 0xE0 ? 1 : b < 0xF0 ? 2 : 3;
    low = b == 0xE0 ? 0xA0 : b == 0xF0 ? 0x90 : 0x80;
    high = b == 0xED ? 0x9F : b == 0xF4 ? 0x8F : 0xBF;
    return true;
  }
}
