/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.dist;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** What all ranks have given, as one message. */
final class Parts {
  private Parts() {}

  static byte[] join(List<byte[]> parts) {
    int length = parts.stream().mapToInt(part -> Integer.BYTES + part.length).sum();
    ByteBuffer bytes = ByteBuffer.allocate(length);
    parts.forEach(part -> bytes.putInt(part.length).put(part));
    return bytes.array();
  }

  static List<byte[]> split(byte[] joined, int count) {
    ByteBuffer bytes = ByteBuffer.wrap(joined);
    List<byte[]> parts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] part = new byte[bytes.getInt()];
      bytes.get(part);
      parts.add(part);
    }
    return parts;
  }
}
