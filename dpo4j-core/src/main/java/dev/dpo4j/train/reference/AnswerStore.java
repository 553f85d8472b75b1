/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.reference;

import dev.dpo4j.data.token.TokenCache;
import dev.dpo4j.train.reference.ReferenceLogps.Answers;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Log-probabilities of answers by row: few on the heap, many in a file that is gone with the run.
 *
 * <p>In the file, the places of the rows come first, mapped; behind them the answers follow in the
 * order in which they were put.
 */
final class AnswerStore implements Closeable {
  /** Bytes of log-probabilities that stay on the heap. */
  static final long HEAP_BYTES = 32L << 20;

  private final int rows;
  private final long heapLimit;
  private @Nullable Answers @Nullable [] heap;
  private long heapBytes;
  private @Nullable FileChannel channel;
  private @Nullable LongBuffer places;
  private @Nullable Path file;
  private long end;

  AnswerStore(int rows, long heapLimit) {
    this.rows = rows;
    this.heapLimit = heapLimit;
    this.heap = new Answers[rows];
  }

  /** Whether there is anything for a row. */
  boolean has(int row) {
    @Nullable Answers[] few = heap;
    LongBuffer known = places;
    return few != null ? few[row] != null : known != null && known.get(row) != 0;
  }

  /** Keeps what is known of a row; what was known before stays. */
  void put(int row, Answers answers) {
    if (has(row)) {
      return;
    }
    try {
      @Nullable Answers[] few = heap;
      if (few != null) {
        few[row] = answers;
        heapBytes += bytes(answers);
        if (heapBytes > heapLimit) {
          spill(few);
        }
      } else {
        append(row, answers);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "The reference's log-probs cannot be kept in " + file + ": " + e, e);
    }
  }

  private static int bytes(Answers answers) {
    return Float.BYTES * (answers.chosen().length + answers.rejected().length) + 2 * Integer.BYTES;
  }

  private void spill(@Nullable Answers[] few) throws IOException {
    Path made = TokenCache.standard().temporary();
    file = made;
    FileChannel open = FileChannel.open(made, StandardOpenOption.READ, StandardOpenOption.WRITE);
    channel = open;
    end = (long) rows * Long.BYTES;
    places = open.map(FileChannel.MapMode.READ_WRITE, 0, end).asLongBuffer();
    heap = null;
    for (int row = 0; row < rows; row++) {
      Answers answers = few[row];
      if (answers != null) {
        append(row, answers);
      }
    }
  }

  private void append(int row, Answers answers) throws IOException {
    FileChannel open = channel;
    LongBuffer known = places;
    if (open == null || known == null) {
      throw new IllegalStateException("closed");
    }
    ByteBuffer bytes = ByteBuffer.allocate(bytes(answers));
    bytes.putInt(answers.chosen().length).putInt(answers.rejected().length);
    bytes.asFloatBuffer().put(answers.chosen()).put(answers.rejected());
    bytes.rewind();
    long at = end;
    while (bytes.hasRemaining()) {
      end += open.write(bytes, end);
    }
    known.put(row, at);
  }

  /** What is known of a row, or null. */
  @Nullable Answers get(int row) {
    @Nullable Answers[] few = heap;
    if (few != null) {
      return few[row];
    }
    LongBuffer known = places;
    FileChannel open = channel;
    long at = known == null ? 0 : known.get(row);
    if (at == 0 || open == null) {
      return null;
    }
    try {
      ByteBuffer head = read(open, at, 2 * Integer.BYTES);
      float[] chosen = new float[head.getInt()];
      float[] rejected = new float[head.getInt()];
      int length = Float.BYTES * (chosen.length + rejected.length);
      read(open, at + 2 * Integer.BYTES, length).asFloatBuffer().get(chosen).get(rejected);
      return new Answers(chosen, rejected);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "The reference's log-probs cannot be read from " + file + ": " + e, e);
    }
  }

  private static ByteBuffer read(FileChannel channel, long at, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, at + bytes.position()) < 0) {
        throw new EOFException("it ends too early");
      }
    }
    return bytes.flip();
  }

  @Override
  public void close() {
    try {
      FileChannel open = channel;
      Path made = file;
      heap = null;
      channel = null;
      if (open != null) {
        open.close();
      }
      if (made != null) {
        Files.deleteIfExists(made);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot remove " + file + ": " + e, e);
    }
  }
}
