/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.terminal;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * A stream to a terminal whose last line is a status that stays below everything else.
 *
 * <p>Text written to the stream pushes the status down; without a status it is passed on as it is.
 */
public final class StatusStream extends OutputStream {
  private static final byte[] ERASE = "\r\u001b[K".getBytes(StandardCharsets.US_ASCII);

  private final OutputStream target;
  private byte[] status = new byte[0];
  private boolean lineStart = true;

  public StatusStream(OutputStream target) {
    this.target = target;
  }

  /**
   * Shows a status in place of the one before; an empty text removes it.
   *
   * @throws UncheckedIOException if it cannot be written
   */
  public synchronized void status(String text) {
    try {
      erase();
      status = text.getBytes(StandardCharsets.UTF_8);
      draw();
      target.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("the progress cannot be written: " + e, e);
    }
  }

  @Override
  public synchronized void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return;
    }
    erase();
    target.write(bytes, offset, length);
    lineStart = bytes[offset + length - 1] == '\n';
    draw();
  }

  @Override
  public synchronized void flush() throws IOException {
    target.flush();
  }

  private void erase() throws IOException {
    if (status.length > 0 && lineStart) {
      target.write(ERASE);
    }
  }

  private void draw() throws IOException {
    if (status.length > 0 && lineStart) {
      target.write(status);
    }
  }
}
