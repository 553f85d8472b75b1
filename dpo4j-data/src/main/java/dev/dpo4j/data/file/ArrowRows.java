/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.file;

import com.google.flatbuffers.Table;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.Faults;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.flatbuf.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Reads Arrow's streams, which Python's datasets writes, and its files, which are streams behind a
 * mark: a schema, then batches of rows. One batch at a time is in memory.
 */
final class ArrowRows extends FileCursor {
  private static final byte[] MARK = "ARROW1\0\0".getBytes(StandardCharsets.US_ASCII);
  private static final int CONTINUATION = -1;
  private static final int MOST_METADATA = 64 << 20;

  private final InputStream in;
  private final PlainValues plain = new PlainValues();
  private @Nullable List<ArrowField> fields;
  private @Nullable ArrowBatch batch;
  private int next;
  private long row;

  private ArrowRows(Path file, InputStream in, Numbers numbers, Faults faults) throws IOException {
    super(file, numbers, faults);
    this.in = in;
    in.mark(MARK.length);
    if (!Arrays.equals(in.readNBytes(MARK.length), MARK)) {
      in.reset();
    }
  }

  /** Opens a file; the caller closes the cursor. */
  static FileCursor open(Path file, InputStream in, Numbers numbers, Faults faults)
      throws IOException {
    try {
      MessageHeader.name(MessageHeader.NONE);
    } catch (NoClassDefFoundError e) {
      in.close();
      throw new DataException(
          "%s is Arrow, for which a library is missing: add org.apache.arrow:arrow-format to the class path (the command line has it)"
              .formatted(file),
          e);
    }
    return new ArrowRows(file, in, numbers, faults);
  }

  @Override
  @Nullable Object read() throws IOException {
    ArrowBatch open = advance();
    if (open == null) {
      return null;
    }
    row++;
    try {
      return open.row(next++);
    } catch (IndexOutOfBoundsException | ArithmeticException | DateTimeException e) {
      throw damaged(e);
    }
  }

  @Override
  boolean skip() throws IOException {
    boolean found = advance() != null;
    next++;
    return found;
  }

  /** Returns the batch that holds the next row, or null where the file ends. */
  private @Nullable ArrowBatch advance() throws IOException {
    try {
      while (batch == null || next >= batch.rows()) {
        next = 0;
        if (!message()) {
          batch = null;
          return null;
        }
      }
      return batch;
    } catch (IndexOutOfBoundsException | IllegalArgumentException | ArithmeticException e) {
      throw damaged(e);
    }
  }

  /** Reads a schema or a batch; returns false where the stream ends. */
  private boolean message() throws IOException {
    int length = integer();
    if (length == CONTINUATION) {
      length = integer();
    }
    if (length == 0) {
      if (fields == null) {
        throw new IOException("it is no Arrow file: it holds no schema");
      }
      return false;
    }
    if (length < 0 || length > MOST_METADATA) {
      throw new IOException(
          "it is no Arrow file, or a damaged one, or one of the first version of Feather");
    }
    Message message = Message.getRootAsMessage(ByteBuffer.wrap(bytes(length)));
    byte[] body = bytes(message.bodyLength());
    if (fields == null) {
      fields = ArrowField.of(header(message, MessageHeader.Schema, new Schema()));
    } else {
      RecordBatch rows = header(message, MessageHeader.RecordBatch, new RecordBatch());
      batch = new ArrowBatch(fields, rows, body, plain);
    }
    return true;
  }

  private static <T extends Table> T header(Message message, byte type, T header)
      throws IOException {
    if (message.headerType() != type || message.header(header) == null) {
      throw new IOException(
          "it is no Arrow file, or a damaged one: expected a %s"
              .formatted(MessageHeader.name(type)));
    }
    return header;
  }

  /** Reads a number; a stream may end without a mark, which is 0 then. */
  private int integer() throws IOException {
    byte[] four = in.readNBytes(Integer.BYTES);
    return four.length == 0
        ? 0
        : ByteBuffer.wrap(whole(four, Integer.BYTES)).order(ByteOrder.LITTLE_ENDIAN).getInt();
  }

  private byte[] bytes(long length) throws IOException {
    // What is there is read, whatever a damaged length says.
    return whole(in.readNBytes(Math.toIntExact(length)), length);
  }

  private static byte[] whole(byte[] bytes, long length) throws IOException {
    if (bytes.length < length) {
      throw new IOException("it ends too early: is it whole?");
    }
    return bytes;
  }

  private static IOException damaged(RuntimeException e) {
    return new IOException("it is damaged: places or names in it cannot be", e);
  }

  @Override
  long place() {
    return row;
  }

  @Override
  boolean goesOnAfterFault() {
    return true;
  }

  @Override
  public void close() {
    Streams.close(in);
  }
}
