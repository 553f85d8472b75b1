/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.file;

import com.github.luben.zstd.ZstdInputStream;
import java.io.IOException;
import java.io.InputStream;

/** The only class that needs the optional Zstandard library; without it, it does not load. */
final class ZstdStream {
  private ZstdStream() {}

  static InputStream open(InputStream raw) throws IOException {
    return new ZstdInputStream(raw);
  }
}
