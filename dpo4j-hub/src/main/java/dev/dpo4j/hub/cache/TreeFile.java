/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub.cache;

import dev.dpo4j.hub.repo.HubException;
import dev.dpo4j.hub.repo.RepoFile;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The list of a commit's files, in the form of huggingface_hub's {@code trees/COMMIT.json}. */
final class TreeFile {
  private static final int VERSION = 1;
  private static final JsonMapper JSON = JsonMapper.shared();

  private TreeFile() {}

  static String write(List<RepoFile> files) {
    Map<String, Object> entries = new LinkedHashMap<>();
    files.stream()
        .sorted(Comparator.comparing(RepoFile::path))
        .forEach(file -> entries.put(file.path(), entry(file)));
    Map<String, Object> whole = new LinkedHashMap<>();
    whole.put("format_version", VERSION);
    whole.put("files", entries);
    return JSON.writeValueAsString(whole);
  }

  private static Map<String, Object> entry(RepoFile file) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("size", file.size());
    entry.put("blob_id", file.blobId());
    String sha256 = file.sha256();
    if (sha256 != null) {
      entry.put("lfs_sha256", sha256);
      entry.put("lfs_size", file.size());
    }
    String xet = file.xetHash();
    if (xet != null && xet.matches("[0-9a-f]{64}")) {
      entry.put("xet_hash", xet);
    }
    return entry;
  }

  /** Reads a list; one of another version or with a fault is as good as none. */
  static @Nullable List<RepoFile> parse(String text) {
    try {
      JsonNode whole = JSON.readTree(text);
      if (whole.path("format_version").asInt(0) != VERSION || !whole.path("files").isObject()) {
        return null;
      }
      List<RepoFile> files = new ArrayList<>();
      for (Map.Entry<String, JsonNode> entry : whole.path("files").properties()) {
        JsonNode facts = entry.getValue();
        @Nullable String sha256 = facts.path("lfs_sha256").asString(null);
        long size = facts.path("size").asLong(-1);
        files.add(
            new RepoFile(
                RepoFile.checkPath(entry.getKey()),
                sha256 == null ? size : facts.path("lfs_size").asLong(size),
                facts.path("blob_id").asString(""),
                sha256,
                facts.path("xet_hash").asString(null)));
      }
      return files;
    } catch (JacksonException | HubException e) {
      return null;
    }
  }
}
