/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.file;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Passes bytes through and fails at the first one that is not UTF-8, naming its line. */
final class CheckedUtf8Stream extends FilterInputStream {
  /** Says which byte of which line is not UTF-8. */
  static final class InvalidByteException extends IOException {
    private static final long serialVersionUID = 1L;

    private final long line;

    InvalidByteException(long line, String message) {
      super(message);
      this.line = line;
    }

    long line() {
      return line;
    }
  }

  private final Utf8Check check = new Utf8Check();
  private long line = 1;
  private long offset;

  CheckedUtf8Stream(InputStream in) {
    super(in);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    int count = read(one, 0, 1);
    return count < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] bytes, int from, int length) throws IOException {
    int count = super.read(bytes, from, length);
    if (count < 0) {
      if (!check.isComplete()) {
        throw new InvalidByteException(line, "is not UTF-8: the file ends inside a character");
      }
      return count;
    }
    int bad = check.firstInvalid(bytes, from, from + count);
    for (int i = from; i < (bad < 0 ? from + count : bad); i++) {
      if (bytes[i] == '\n') {
        line++;
      }
    }
    if (bad >= 0) {
      throw new InvalidByteException(line, describe(check, offset + bad - from, "file"));
    }
    offset += count;
    return count;
  }

  @Override
  public long skip(long n) {
    throw new UnsupportedOperationException("bytes that are skipped are not checked");
  }

  @Override
  public boolean markSupported() {
    return false;
  }

  /** Describes the character that broke at a byte, counted from 0. */
  static String describe(Utf8Check check, long at, String where) {
    return "is not UTF-8: found the byte 0x%02X at byte %d of the %s. Save the file as UTF-8."
        .formatted(check.lead(), at - check.bytesBack() + 1, where);
  }
}
