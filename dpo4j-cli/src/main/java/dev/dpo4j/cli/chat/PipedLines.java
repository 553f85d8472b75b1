/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.chat;

import dev.dpo4j.cli.command.CommandFailure;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Lines of a file or of another program. */
final class PipedLines implements LineSource {
  private final BufferedReader reader;
  private boolean afterReturn;

  PipedLines(InputStream in) {
    this.reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
  }

  @Override
  public @Nullable String read(String prompt) {
    try {
      return line();
    } catch (IOException e) {
      throw new UncheckedIOException("The input cannot be read: " + e.getMessage(), e);
    }
  }

  /** The next line as {@link BufferedReader#readLine} knows lines, which knows no longest one. */
  private @Nullable String line() throws IOException {
    StringBuilder line = new StringBuilder();
    while (true) {
      int c = reader.read();
      boolean secondHalf = afterReturn && c == '\n';
      afterReturn = c == '\r';
      if (secondHalf) {
        continue;
      }
      if (c < 0) {
        return line.length() == 0 ? null : line.toString();
      }
      if (c == '\n' || c == '\r') {
        return line.toString();
      }
      if (line.length() == LONGEST) {
        throw new CommandFailure(
            "A line of the input is longer than %,d characters: is it text? Each line is a question."
                .formatted(LONGEST));
      }
      line.append((char) c);
    }
  }

  @Override
  public int columns() {
    return 0;
  }

  @Override
  public void onInterrupt(Runnable action) {
    // Nobody sits there: Ctrl-C ends the program.
  }

  @Override
  public void close() {
    try {
      reader.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
