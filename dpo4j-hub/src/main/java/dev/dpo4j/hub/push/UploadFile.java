/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub.push;

import dev.dpo4j.hub.cache.ContentHash;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A file that is uploaded.
 *
 * @param source where it stands
 * @param path its name in the repository
 * @param size bytes
 * @param large whether its content goes to the store of large files
 * @param ignored whether the repository's .gitignore leaves it out
 * @param hash SHA-256 of a large file, git's SHA-1 of a small one; empty until the Hub has said
 *     which it is
 * @param remote the hash of the file that the Hub has under this name, null if none
 */
public record UploadFile(
    Path source,
    String path,
    long size,
    boolean large,
    boolean ignored,
    String hash,
    @Nullable String remote) {
  private static final int SAMPLE = 512;

  public static UploadFile of(Path source, String path) throws IOException {
    return new UploadFile(source, path, Files.size(source), false, false, "", null);
  }

  /** The first bytes, by which the Hub tells text from other content. */
  public String sample() throws IOException {
    try (InputStream in = Files.newInputStream(source)) {
      return Base64.getEncoder().encodeToString(in.readNBytes(SAMPLE));
    }
  }

  /** Takes what the Hub says about it. The store of large files takes none without content. */
  public UploadFile told(JsonNode word) throws IOException {
    boolean lfs = word.path("uploadMode").asString("").equals("lfs") && size > 0;
    String own = lfs ? ContentHash.sha256(source) : ContentHash.gitBlob(source);
    boolean left = word.path("shouldIgnore").asBoolean(false);
    @Nullable String there = word.path("oid").asString(null);
    return new UploadFile(source, path, size, lfs, left, own, there);
  }

  public boolean changed() {
    return !ignored && !hash.equals(remote);
  }
}
