/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor;

import dev.dpo4j.data.row.Origin;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/** Finds the line of a JSONL file that a row was read from, going forwards. */
final class RawLines implements Closeable {
  private static final ObjectMapper MAPPER = JsonMapper.shared();
  private static final TypeReference<Map<String, Object>> OBJECT = new TypeReference<>() {};

  private String file = "";
  private @Nullable InputStream in;
  private long line;
  private byte[] last = new byte[0];

  /**
   * Returns the line of a row as an object, if it is one line that holds this pair and no other.
   *
   * @return the columns, or null where the row must be written anew
   */
  @Nullable Map<String, Object> columns(Origin origin) throws IOException {
    if (!find(origin)) {
      return null;
    }
    try {
      Map<String, Object> columns = MAPPER.readValue(last, OBJECT);
      boolean pair = columns.get("chosen") != null && columns.get("rejected") != null;
      return pair ? columns : null;
    } catch (JacksonException e) {
      return null;
    }
  }

  /** Returns the bytes of the line that was found last, without its end. */
  byte[] bytes() {
    return last;
  }

  private boolean find(Origin origin) throws IOException {
    if (!origin.file().equals(file)) {
      open(origin.file());
    } else if (origin.line() <= line) {
      return false;
    }
    while (in != null && line < origin.line()) {
      if (!next(in)) {
        return false;
      }
    }
    return in != null;
  }

  private void open(String name) throws IOException {
    close();
    file = name;
    line = 0;
    Path path = Path.of(name);
    if (!Files.isRegularFile(path)) {
      return;
    }
    InputStream opened = new BufferedInputStream(Files.newInputStream(path), 1 << 16);
    opened.mark(4);
    if (opened.read() != 0xEF || opened.read() != 0xBB || opened.read() != 0xBF) {
      opened.reset();
    }
    opened.mark(1 << 12);
    int first = opened.read();
    for (int i = 0; i < 1 << 11 && first >= 0 && first <= ' '; i++) {
      first = opened.read();
    }
    opened.reset();
    if (first == '{') {
      in = opened;
    } else {
      opened.close();
    }
  }

  private boolean next(InputStream from) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(1 << 12);
    int b = from.read();
    if (b < 0) {
      return false;
    }
    for (; b >= 0 && b != '\n'; b = from.read()) {
      if (b != '\r') {
        bytes.write(b);
      }
    }
    last = bytes.toByteArray();
    line++;
    return true;
  }

  @Override
  public void close() throws IOException {
    if (in != null) {
      in.close();
      in = null;
    }
  }
}
