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
@SuppressWarnings("ArrayRecordComponent") // a message is written and read, never compared
record RankMessage(Kind kind, byte[] bytes) {
  private static final int MOST_BYTES = 1 << 30;
  private static final byte[] NOTHING = {};

  enum Kind {
    /** A part of what the ranks exchange. */
    PART(0),
    /** The sender lives. */
    ALIVE(1),
    /** The run cannot go on; the bytes say which rank is to blame, and why. */
    FAILED(2),
    /** The sender has done its work and leaves. */
    BYE(3);

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    static Kind of(int code) throws IOException {
      for (Kind kind : values()) {
        if (kind.code == code) {
          return kind;
        }
      }
      throw new IOException("what came is no message of a run");
    }
  }

  static RankMessage alive() {
    return new RankMessage(Kind.ALIVE, NOTHING);
  }

  static RankMessage bye() {
    return new RankMessage(Kind.BYE, NOTHING);
  }

  static RankMessage part(byte[] bytes) {
    return new RankMessage(Kind.PART, bytes);
  }

  static RankMessage failed(DistException failure) {
    String text = failure.rank() + " " + failure.getMessage();
    return new RankMessage(Kind.FAILED, text.getBytes(StandardCharsets.UTF_8));
  }

  /** What a frame of the kind {@link Kind#FAILED} tells. */
  DistException failure() {
    String text = new String(bytes, StandardCharsets.UTF_8);
    int space = text.indexOf(' ');
    return new DistException(Integer.parseInt(text.substring(0, space)), text.substring(space + 1));
  }

  void write(DataOutputStream out, Seal seal) throws IOException {
    out.writeByte(kind.code);
    out.writeInt(bytes.length);
    out.write(bytes);
    out.write(seal.next((byte) kind.code, bytes));
    out.flush();
  }

  static RankMessage read(DataInputStream in, Seal seal) throws IOException {
    Kind kind = Kind.of(in.readByte());
    int length = in.readInt();
    if (length < 0 || length > MOST_BYTES) {
      throw new IOException("what came is no message of a run");
    }
    byte[] bytes = in.readNBytes(length);
    seal.check((byte) kind.code, bytes, in.readNBytes(Seal.LENGTH));
    return new RankMessage(kind, bytes);
  }
}
