/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.reference;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;

/**
 * Numbers by numbers, outside the heap: 32 to 64 bytes an entry, however many rows there are.
 *
 * <p>A key hashes to a place, and the next free place is taken where that is in use.
 */
final class LongTable {
  /** The value that no key can have. */
  static final long ABSENT = -1;

  private static final int FIRST = 1 << 10;

  /** An odd number whose bits are spread evenly: that of the golden ratio. */
  private static final long SPREAD = 0x9E3779B97F4A7C15L;

  private int size = FIRST;
  private LongBuffer keys = allocate(size);
  private LongBuffer values = empty(size);
  private int count;

  private static LongBuffer allocate(int size) {
    int bytes = Math.multiplyExact(size, Long.BYTES);
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder()).asLongBuffer();
  }

  private static LongBuffer empty(int size) {
    LongBuffer values = allocate(size);
    for (int i = 0; i < size; i++) {
      values.put(i, ABSENT);
    }
    return values;
  }

  /** Returns the value of a key; {@link #ABSENT} where it has none. */
  long get(long key) {
    return values.get(place(key));
  }

  /** Gives a key a value other than {@link #ABSENT}; the last one counts. */
  void put(long key, long value) {
    if (2 * (count + 1) > size) {
      grow();
    }
    int place = place(key);
    if (values.get(place) == ABSENT) {
      keys.put(place, key);
      count++;
    }
    values.put(place, value);
  }

  private int place(long key) {
    int place = (int) ((key * SPREAD) >>> 33) & (size - 1);
    while (values.get(place) != ABSENT && keys.get(place) != key) {
      place = (place + 1) & (size - 1);
    }
    return place;
  }

  private void grow() {
    LongBuffer oldKeys = keys;
    LongBuffer oldValues = values;
    int oldSize = size;
    size = Math.multiplyExact(2, oldSize);
    keys = allocate(size);
    values = empty(size);
    count = 0;
    for (int i = 0; i < oldSize; i++) {
      if (oldValues.get(i) != ABSENT) {
        put(oldKeys.get(i), oldValues.get(i));
      }
    }
  }
}
