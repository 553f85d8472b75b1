/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.file;

import dev.dpo4j.data.row.DataException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

/** Opens files of rows: unpacks gzip and Zstandard, which their first bytes tell. */
final class Streams {
  /** How far a file is looked at before it is read. */
  static final int LOOK_AHEAD = 1 << 16;

  private static final int GZIP = 0x1F8B;
  private static final int ZSTD = 0x28B5;
  private static final int ZSTD_SECOND = 0x2FFD;

  private Streams() {}

  /** Returns the name of a file in lower case, without .gz or .zst. */
  static String plainName(Path file) {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    return name.endsWith(".gz") || name.endsWith(".zst")
        ? name.substring(0, name.lastIndexOf('.'))
        : name;
  }

  /** Opens a file as plain bytes, behind a byte order mark; {@code mark} works. */
  static InputStream open(Path file) throws IOException {
    InputStream raw = new BufferedInputStream(Files.newInputStream(file), LOOK_AHEAD);
    try {
      raw.mark(4);
      int first = raw.read() << 8 | raw.read();
      int second = raw.read() << 8 | raw.read();
      raw.reset();
      InputStream in = raw;
      if (first == GZIP) {
        in = new BufferedInputStream(new GZIPInputStream(raw, LOOK_AHEAD), LOOK_AHEAD);
      } else if (first == ZSTD && second == ZSTD_SECOND) {
        in = new BufferedInputStream(unpackZstd(file, raw), LOOK_AHEAD);
      }
      skipByteOrderMark(in);
      return in;
    } catch (IOException | RuntimeException e) {
      raw.close();
      throw e;
    }
  }

  private static InputStream unpackZstd(Path file, InputStream raw) throws IOException {
    try {
      return ZstdStream.open(raw);
    } catch (NoClassDefFoundError e) {
      throw new DataException(
          "%s is packed with Zstandard, for which a library is missing: add com.github.luben:zstd-jni to the class path (the command line has it), or unpack the file with zstd -d"
              .formatted(file),
          e);
    }
  }

  private static void skipByteOrderMark(InputStream in) throws IOException {
    in.mark(4);
    boolean mark = in.read() == 0xEF && in.read() == 0xBB && in.read() == 0xBF;
    if (!mark) {
      in.reset();
    }
  }

  /** Says why a file could not be read to its end. */
  static DataException unreadable(Path file, IOException e) {
    String why =
        e instanceof EOFException
            ? "it is packed, and ends too early: is it whole? (gzip -t or zstd -t tells)"
            : e.getClass() == IOException.class ? e.getMessage() : e.toString();
    return new DataException("%s cannot be read: %s".formatted(file, why), e);
  }

  static void close(InputStream in) {
    try {
      in.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
