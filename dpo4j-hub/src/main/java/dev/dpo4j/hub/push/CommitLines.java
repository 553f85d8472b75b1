/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub.push;

import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** A commit in the form that the Hub takes: one JSON object a line, small files with content. */
public final class CommitLines {
  private CommitLines() {}

  public static void write(Path target, String message, List<UploadFile> files) throws IOException {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(target))) {
      line(out, "header", Map.of("summary", message, "description", ""));
      for (UploadFile file : files) {
        if (file.large()) {
          line(
              out,
              "lfsFile",
              Map.of(
                  "path", file.path(), "algo", "sha256", "oid", file.hash(), "size", file.size()));
        } else {
          content(out, file);
        }
      }
    }
  }

  private static void line(OutputStream out, String key, Map<String, Object> value)
      throws IOException {
    out.write(UploadCalls.JSON.writeValueAsBytes(Map.of("key", key, "value", value)));
    out.write('\n');
  }

  /** The content is encoded as it is read. */
  private static void content(OutputStream out, UploadFile file) throws IOException {
    String path = UploadCalls.JSON.writeValueAsString(file.path());
    text(out, "{\"key\":\"file\",\"value\":{\"path\":" + path);
    text(out, ",\"encoding\":\"base64\",\"content\":\"");
    try (OutputStream encoded = Base64.getEncoder().wrap(new StaysOpen(out))) {
      Files.copy(file.source(), encoded);
    }
    text(out, "\"}}\n");
  }

  private static void text(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The encoder writes its last bytes when it is closed, and closes what is below it. */
  private static final class StaysOpen extends FilterOutputStream {
    StaysOpen(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }
}
