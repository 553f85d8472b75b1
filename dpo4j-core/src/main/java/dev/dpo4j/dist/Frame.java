/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.dist;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * A message between two processes of a run that have shown that they know its secret.
 *
 * <p>On the wire: its kind, its length, its bytes, and their seal, which also counts the messages
 * of the connection, so that none can be made up, changed, left out or sent again.
 */
record Frame(Kind kind, byte[] bytes) {
  private static final int MOST_BYTES = 1 << 30;
  private static final byte[] NOTHING = {};

  enum Kind {
    /** A part of what the ranks exchange. */
    PART,
    /** The sender lives. */
    ALIVE,
    /** The run cannot go on; the bytes say which rank is to blame, and why. */
    FAILED,
    /** The sender has done its work and leaves. */
    BYE
  }

  static Frame alive() {
    return new Frame(Kind.ALIVE, NOTHING);
  }

  static Frame bye() {
    return new Frame(Kind.BYE, NOTHING);
  }

  static Frame part(byte[] bytes) {
    return new Frame(Kind.PART, bytes);
  }

  static Frame failed(DistException failure) {
    String text = failure.rank() + " " + failure.getMessage();
    return new Frame(Kind.FAILED, text.getBytes(StandardCharsets.UTF_8));
  }

  /** What a frame of the kind {@link Kind#FAILED} tells. */
  DistException failure() {
    String text = new String(bytes, StandardCharsets.UTF_8);
    int space = text.indexOf(' ');
    return new DistException(Integer.parseInt(text.substring(0, space)), text.substring(space + 1));
  }

  void write(DataOutputStream out, Seal seal) throws IOException {
    out.writeByte(kind.ordinal());
    out.writeInt(bytes.length);
    out.write(bytes);
    out.write(seal.next((byte) kind.ordinal(), bytes));
    out.flush();
  }

  static Frame read(DataInputStream in, Seal seal) throws IOException {
    byte kind = in.readByte();
    int length = in.readInt();
    if (kind < 0 || kind >= Kind.values().length || length < 0 || length > MOST_BYTES) {
      throw new IOException("what came is no message of a run");
    }
    byte[] bytes = in.readNBytes(length);
    seal.check(kind, bytes, in.readNBytes(Seal.LENGTH));
    return new Frame(Kind.values()[kind], bytes);
  }
}
