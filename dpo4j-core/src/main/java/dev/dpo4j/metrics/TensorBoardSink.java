/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.metrics;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * Writes the metrics as a TensorBoard event file.
 *
 * <p>Tags are those of transformers: {@code train/rewards/margins}, {@code eval/loss}. The format
 * is a sequence of records (length, checksum, bytes, checksum), each one message {@code
 * tensorflow.Event} in protobuf's wire format; the few fields used are encoded here, so that no
 * library is needed.
 */
public final class TensorBoardSink implements MetricSink {
  private static final String EVAL = "eval_";
  private static final int CRC_MASK = 0xa282ead8;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  /** The type of texts in tensorflow.DataType. */
  private static final int DT_STRING = 7;

  private final Path file;
  private final FileChannel channel;
  private final Clock clock;

  /**
   * Opens a new event file in a folder, which is made where it is missing.
   *
   * @throws UncheckedIOException if the file cannot be made
   */
  public TensorBoardSink(Path folder) {
    this(folder, Clock.systemUTC());
  }

  TensorBoardSink(Path folder, Clock clock) {
    this.clock = clock;
    long pid = ProcessHandle.current().pid();
    long second = clock.instant().getEpochSecond();
    file = folder.resolve("events.out.tfevents.%d.dpo4j.%d".formatted(second, pid));
    try {
      Files.createDirectories(folder);
      channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      Message version = event(0);
      version.bytes(3, "brain.Event:2".getBytes(StandardCharsets.UTF_8));
      write(version);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot make the TensorBoard file " + file + ": " + e, e);
    }
  }

  @Override
  public void log(long step, double epoch, Map<String, Double> metrics) {
    Message summary = new Message();
    summary.bytes(1, value("train/epoch", epoch));
    metrics.forEach((name, value) -> summary.bytes(1, value(tag(name), value)));
    Message event = event(step);
    event.bytes(5, summary.toByteArray());
    try {
      write(event);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "Cannot write the metrics of step " + step + " to " + file + ": " + e, e);
    }
  }

  /**
   * Adds a text, which TensorBoard shows as Markdown in its tab for texts.
   *
   * @param tag the name of the text, such as {@code config}
   */
  public void text(long step, String tag, String text) {
    Message plugin = new Message();
    plugin.bytes(1, "text".getBytes(StandardCharsets.UTF_8));
    Message metadata = new Message();
    metadata.bytes(1, plugin.toByteArray());
    Message value = new Message();
    value.bytes(1, (tag + "/text_summary").getBytes(StandardCharsets.UTF_8));
    value.bytes(8, tensor(text));
    value.bytes(9, metadata.toByteArray());
    Message summary = new Message();
    summary.bytes(1, value.toByteArray());
    Message event = event(step);
    event.bytes(5, summary.toByteArray());
    try {
      write(event);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write a text to " + file + ": " + e, e);
    }
  }

  /** A tensor of one text. */
  private static byte[] tensor(String text) {
    Message dimension = new Message();
    dimension.varint(1, 1);
    Message shape = new Message();
    shape.bytes(2, dimension.toByteArray());
    Message tensor = new Message();
    tensor.varint(1, DT_STRING);
    tensor.bytes(2, shape.toByteArray());
    tensor.bytes(8, text.getBytes(StandardCharsets.UTF_8));
    return tensor.toByteArray();
  }

  /**
   * Adds the keys of a run and the metrics that it is compared by, for TensorBoard's tab for
   * hyperparameters.
   *
   * @param keys the keys; a text that is a number or true or false is written as one
   * @param metrics names of metrics as they are logged, such as {@code eval_loss}
   */
  public void hyperparameters(Map<String, String> keys, List<String> metrics) {
    Message experiment = new Message();
    experiment.fixed64(3, Double.doubleToRawLongBits(seconds()));
    keys.forEach((name, value) -> experiment.bytes(4, Hyperparameters.info(name, value)));
    metrics.forEach(name -> experiment.bytes(5, Hyperparameters.metric(tag(name))));
    hyperparameters("_hparams_/experiment", 2, experiment);
    Message start = new Message();
    keys.forEach((name, value) -> start.bytes(1, Hyperparameters.entry(name, value)));
    start.fixed64(5, Double.doubleToRawLongBits(seconds()));
    hyperparameters("_hparams_/session_start_info", 3, start);
  }

  /** Says how the run of {@link #hyperparameters} ended. */
  public void ended(boolean finished) {
    Message end = new Message();
    end.varint(1, finished ? 1 : 2);
    end.fixed64(2, Double.doubleToRawLongBits(seconds()));
    hyperparameters("_hparams_/session_end_info", 4, end);
  }

  private void hyperparameters(String tag, int field, Message data) {
    Message content = new Message();
    content.varint(1, 0);
    content.bytes(field, data.toByteArray());
    Message plugin = new Message();
    plugin.bytes(1, "hparams".getBytes(StandardCharsets.UTF_8));
    plugin.bytes(2, content.toByteArray());
    Message metadata = new Message();
    metadata.bytes(1, plugin.toByteArray());
    Message value = new Message();
    value.bytes(1, tag.getBytes(StandardCharsets.UTF_8));
    // TensorBoard would put an empty tensor of numbers here, which SwanLab takes for a scalar.
    value.bytes(8, tensor(""));
    value.bytes(9, metadata.toByteArray());
    Message summary = new Message();
    summary.bytes(1, value.toByteArray());
    Message event = event(0);
    event.bytes(5, summary.toByteArray());
    try {
      write(event);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write hyperparameters to " + file + ": " + e, e);
    }
  }

  private static String tag(String metric) {
    return metric.startsWith(EVAL) ? "eval/" + metric.substring(EVAL.length()) : "train/" + metric;
  }

  private static byte[] value(String tag, double value) {
    Message message = new Message();
    message.bytes(1, tag.getBytes(StandardCharsets.UTF_8));
    message.fixed32(2, Float.floatToRawIntBits((float) value));
    return message.toByteArray();
  }

  private Message event(long step) {
    Message event = new Message();
    event.fixed64(1, Double.doubleToRawLongBits(seconds()));
    event.varint(2, step);
    return event;
  }

  private double seconds() {
    Instant now = clock.instant();
    return now.getEpochSecond() + now.getNano() * 1e-9;
  }

  private void write(Message event) throws IOException {
    byte[] data = event.toByteArray();
    byte[] length = littleEndian(Long.BYTES).putLong(data.length).array();
    ByteBuffer record = littleEndian(length.length + data.length + 2 * Integer.BYTES);
    record.put(length).putInt(checksum(length)).put(data).putInt(checksum(data)).flip();
    while (record.hasRemaining()) {
      channel.write(record);
    }
  }

  /** The masked checksum of the record format: a rotation and a constant on top of CRC-32C. */
  private static int checksum(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, bytes.length);
    return Integer.rotateRight((int) crc.getValue(), 15) + CRC_MASK;
  }

  private static ByteBuffer littleEndian(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot close " + file + ": " + e, e);
    }
  }

  /** The parts of TensorBoard's messages about hyperparameters. */
  private static final class Hyperparameters {
    private static final Pattern NUMBER =
        Pattern.compile("-?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d+)?");
    private static final int STRING = 1;
    private static final int BOOL = 2;
    private static final int FLOAT64 = 3;

    private Hyperparameters() {}

    private static int type(String value) {
      if (value.equals("true") || value.equals("false")) {
        return BOOL;
      }
      return NUMBER.matcher(value).matches() ? FLOAT64 : STRING;
    }

    /** What there is to know of a key. */
    static byte[] info(String name, String value) {
      Message info = new Message();
      info.bytes(1, name.getBytes(StandardCharsets.UTF_8));
      info.varint(4, type(value));
      return info.toByteArray();
    }

    /** An entry of the map of keys to values. */
    static byte[] entry(String name, String value) {
      Message typed = new Message();
      switch (type(value)) {
        case FLOAT64 -> typed.fixed64(2, Double.doubleToRawLongBits(Double.parseDouble(value)));
        case BOOL -> typed.varint(4, value.equals("true") ? 1 : 0);
        default -> typed.bytes(3, value.getBytes(StandardCharsets.UTF_8));
      }
      Message entry = new Message();
      entry.bytes(1, name.getBytes(StandardCharsets.UTF_8));
      entry.bytes(2, typed.toByteArray());
      return entry.toByteArray();
    }

    static byte[] metric(String tag) {
      Message name = new Message();
      name.bytes(2, tag.getBytes(StandardCharsets.UTF_8));
      Message metric = new Message();
      metric.bytes(1, name.toByteArray());
      return metric.toByteArray();
    }
  }

  /** A protobuf message under construction. */
  private static final class Message {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    void varint(int field, long value) {
      raw(field << 3);
      raw(value);
    }

    void fixed32(int field, int bits) {
      raw(field << 3 | FIXED32);
      out.writeBytes(littleEndian(Integer.BYTES).putInt(bits).array());
    }

    void fixed64(int field, long bits) {
      raw(field << 3 | FIXED64);
      out.writeBytes(littleEndian(Long.BYTES).putLong(bits).array());
    }

    void bytes(int field, byte[] value) {
      raw(field << 3 | BYTES);
      raw(value.length);
      out.writeBytes(value);
    }

    private void raw(long value) {
      long rest = value;
      while ((rest & ~0x7fL) != 0) {
        out.write((int) ((rest & 0x7f) | 0x80));
        rest >>>= 7;
      }
      out.write((int) rest);
    }

    byte[] toByteArray() {
      return out.toByteArray();
    }
  }
}
