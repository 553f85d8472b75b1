/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.file;

import dev.dpo4j.data.row.Faults;
import dev.dpo4j.data.row.JsonRows;
import dev.dpo4j.data.row.RowFault;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;

/**
 * Reads JSON whose rows may span lines: one array of objects, objects one after the other, or an
 * object whose first field holds the array.
 *
 * <p>Nobody knows where the next row starts after one that is not JSON, so reading stops there.
 */
final class JsonTokens extends FileCursor {
  private final JsonParser parser;
  private long line = 1;
  private final boolean wrapped;
  private boolean inArray;
  private boolean started;

  /**
   * Reads a file from its start.
   *
   * @param wrapped whether the array of rows is the first field of an object
   */
  JsonTokens(Path file, InputStream in, boolean wrapped, Numbers numbers, Faults faults) {
    super(file, numbers, faults);
    this.wrapped = wrapped;
    this.parser =
        JsonRows.FACTORY.createParser(
            ObjectReadContext.empty(),
            new InputStreamReader(new CheckedUtf8Stream(in), StandardCharsets.UTF_8));
  }

  @Override
  @Nullable Object read() throws IOException {
    try {
      if (!toNext()) {
        return null;
      }
      long start = parser.currentTokenLocation().getCharOffset();
      Object value = JsonRows.value(parser, start);
      if (value == null) {
        throw new RowFault("a row must be a JSON object but is null");
      }
      return value;
    } catch (JacksonException e) {
      throw notJson(e);
    }
  }

  @Override
  boolean skip() throws IOException {
    try {
      boolean found = toNext();
      if (found) {
        parser.skipChildren();
      }
      return found;
    } catch (JacksonException e) {
      throw notJson(e);
    }
  }

  /** Goes to the first token of the next row; returns whether there is one. */
  private boolean toNext() {
    JsonToken token = parser.nextToken();
    if (!started) {
      started = true;
      for (int i = 0; wrapped && i < 2; i++) {
        token = parser.nextToken();
      }
      if (token == JsonToken.START_ARRAY) {
        inArray = true;
        token = parser.nextToken();
      }
    }
    line = parser.currentTokenLocation().getLineNr();
    if (!inArray) {
      return token != null;
    }
    if (token == null) {
      throw new RowFault("the file ends before the closing ] of its array");
    }
    if (token != JsonToken.END_ARRAY) {
      return true;
    }
    end();
    return false;
  }

  private void end() {
    if (wrapped && parser.nextToken() != JsonToken.END_OBJECT) {
      throw new RowFault("something follows the array of rows: give it a file of its own");
    }
    if (parser.nextToken() != null) {
      throw new RowFault("something follows the array of rows");
    }
  }

  private RowFault notJson(JacksonException e) throws IOException {
    if (e.getCause() instanceof CheckedUtf8Stream.InvalidByteException bad) {
      line = bad.line();
      return new RowFault(String.valueOf(bad.getMessage()));
    } else if (e.getCause() instanceof IOException cause) {
      throw cause;
    }
    line = e.getLocation() == null ? line : e.getLocation().getLineNr();
    return new RowFault("is not JSON: " + JsonRows.describe(e));
  }

  @Override
  long place() {
    return line;
  }

  @Override
  boolean goesOnAfterFault() {
    return false;
  }

  @Override
  public void close() {
    parser.close();
  }
}
