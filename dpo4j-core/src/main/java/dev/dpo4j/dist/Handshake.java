/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.dist;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The first messages of a connection, by which both ends show that they know the secret of the run
 * without telling it.
 *
 * <p>Rank 0 sends random bytes; the other answers with random bytes, its rank, the size of the run
 * and an HMAC over all of it; only then rank 0 answers with an HMAC of its own and a word. Both
 * keep keys for the two directions that nobody else can know.
 */
final class Handshake {
  private static final int MAGIC = 0x44504f31; // DPO1
  private static final int NONCE = 32;
  private static final int MOST_TEXT = 4096;
  private static final SecureRandom RANDOM = new SecureRandom();

  private Handshake() {}

  /** An agreed connection: who is at the other end, and the seals of both directions. */
  record Agreed(int rank, Seal sending, Seal receiving) {}

  /** Tells that the other end is a stranger: nothing was told to it. */
  static final class StrangerException extends IOException {
    private static final long serialVersionUID = 1L;

    StrangerException(String message) {
      super(message);
    }
  }

  /** Tells that rank 0 does not take this process. */
  static final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message);
    }
  }

  /**
   * Rank 0's side.
   *
   * @param refusal what speaks against a rank that knows the secret, empty where nothing does
   */
  static Agreed accept(Socket socket, Ranks ranks, IntFunction<String> refusal) throws IOException {
    DataOutputStream out = new DataOutputStream(socket.getOutputStream());
    DataInputStream in = new DataInputStream(socket.getInputStream());
    byte[] key = Seal.key(ranks.secret());
    byte[] mine = nonce();
    out.writeInt(MAGIC);
    out.write(mine);
    out.flush();
    if (in.readInt() != MAGIC) {
      throw new StrangerException("speaks another protocol");
    }
    byte[] theirs = in.readNBytes(NONCE);
    int rank = in.readInt();
    int world = in.readInt();
    byte[] proof = Seal.hmac(key, text("join"), mine, theirs, number(rank), number(world));
    if (!MessageDigest.isEqual(proof, in.readNBytes(Seal.LENGTH))) {
      throw new StrangerException("does not know the secret of the run");
    }
    String word =
        world == ranks.worldSize()
            ? refusal.apply(rank)
            : "it is one of %d processes, rank 0 expects %d: give both the same number"
                .formatted(world, ranks.worldSize());
    byte[] answer = text(word);
    out.writeInt(answer.length);
    out.write(answer);
    out.write(Seal.hmac(key, text("welcome"), mine, theirs, answer));
    out.flush();
    if (!word.isEmpty()) {
      throw new RefusedException("rank " + rank + " was refused: " + word);
    }
    return new Agreed(rank, seal(key, "down", mine, theirs), seal(key, "up", mine, theirs));
  }

  /** The side of the others. */
  static Agreed join(Socket socket, Ranks ranks) throws IOException {
    DataOutputStream out = new DataOutputStream(socket.getOutputStream());
    DataInputStream in = new DataInputStream(socket.getInputStream());
    byte[] key = Seal.key(ranks.secret());
    if (in.readInt() != MAGIC) {
      throw new StrangerException("is no rank 0 of dpo4j");
    }
    byte[] theirs = in.readNBytes(NONCE);
    byte[] mine = nonce();
    byte[] rank = number(ranks.rank());
    byte[] world = number(ranks.worldSize());
    out.writeInt(MAGIC);
    out.write(mine);
    out.write(rank);
    out.write(world);
    out.write(Seal.hmac(key, text("join"), theirs, mine, rank, world));
    out.flush();
    int length = in.read() < 0 ? -1 : lengthAfterFirstByte(in);
    if (length < 0) {
      throw new StrangerException("has another secret");
    }
    byte[] answer = in.readNBytes(Math.min(length, MOST_TEXT));
    byte[] proof = Seal.hmac(key, text("welcome"), theirs, mine, answer);
    if (!MessageDigest.isEqual(proof, in.readNBytes(Seal.LENGTH))) {
      throw new StrangerException("has another secret");
    }
    if (answer.length > 0) {
      throw new RefusedException(new String(answer, StandardCharsets.UTF_8));
    }
    return new Agreed(0, seal(key, "up", theirs, mine), seal(key, "down", theirs, mine));
  }

  /** The three lower bytes of a length whose first byte, always 0, was read. */
  private static int lengthAfterFirstByte(DataInputStream in) throws IOException {
    return in.readUnsignedByte() << 16 | in.readUnsignedShort();
  }

  private static Seal seal(byte[] key, String direction, byte[] first, byte[] second) {
    return new Seal(Seal.hmac(key, text(direction), first, second));
  }

  private static byte[] nonce() {
    byte[] bytes = new byte[NONCE];
    RANDOM.nextBytes(bytes);
    return bytes;
  }

  private static byte[] text(@Nullable String text) {
    return text == null ? new byte[0] : text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] number(int number) {
    return ByteBuffer.allocate(Integer.BYTES).putInt(number).array();
  }
}
