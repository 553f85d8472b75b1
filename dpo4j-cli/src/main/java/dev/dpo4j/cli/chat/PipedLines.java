/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.chat;

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

  PipedLines(InputStream in) {
    this.reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
  }

  @Override
  public @Nullable String read(String prompt) {
    try {
      return reader.readLine();
    } catch (IOException e) {
      throw new UncheckedIOException("The input cannot be read: " + e.getMessage(), e);
    }
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
