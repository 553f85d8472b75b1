/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.token;

import java.nio.ByteBuffer;

/** Numbers of one to five bytes, seven bits in each: most token ids take two or three. */
final class Varint {
  private Varint() {}

  static void write(ByteBuffer into, int value) {
    int rest = value;
    while ((rest & ~0x7f) != 0) {
      into.put((byte) (rest | 0x80));
      rest >>>= 7;
    }
    into.put((byte) rest);
  }

  static int read(ByteBuffer from) {
    int value = 0;
    int shift = 0;
    byte part;
    do {
      part = from.get();
      value |= (part & 0x7f) << shift;
      shift += 7;
    } while (part < 0);
    return value;
  }

  static int size(int value) {
    int size = 1;
    for (int rest = value >>> 7; rest != 0; rest >>>= 7) {
      size++;
    }
    return size;
  }
}
