/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub;

import dev.dpo4j.hub.FakeHub.Reply;
import dev.dpo4j.hub.FakeHub.Request;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The part of the Hub that takes files: create, preupload, the LFS batch, and commit. */
final class FakeUploads {
  private static final JsonMapper JSON = new JsonMapper();

  private final FakeHub store;

  /** What was PUT to the store, by path. */
  final Map<String, byte[]> put = new ConcurrentHashMap<>();

  /** The lines of the commits. */
  final List<JsonNode> lines = new CopyOnWriteArrayList<>();

  /** The contents that the Hub has: they need no upload. */
  final Set<String> known = ConcurrentHashMap.newKeySet();

  /** The hashes that files have on the Hub, by path. */
  final Map<String, String> remote = new ConcurrentHashMap<>();

  /** Bytes of a part; 0 takes files whole. */
  volatile int chunk;

  FakeUploads(FakeHub store) {
    this.store = store;
  }

  /** Returns the answer to a request about uploads, null for another one. */
  @Nullable Reply page(Request request, Set<String> repos, BiConsumer<String, Boolean> create) {
    String path = request.path();
    boolean ours =
        path.equals("/api/whoami-v2")
            || request.method().equals("POST")
            || request.method().equals("PUT");
    if (!ours) {
      return null;
    }
    if (!request.header("authorization").equals("Bearer hf_right")) {
      return Reply.of(401, "{\"error\":\"Invalid username or password.\"}")
          .with("X-Error-Message", "Invalid credentials in Authorization header");
    }
    if (path.equals("/api/whoami-v2")) {
      return Reply.of(200, "{\"name\":\"ada\"}");
    }
    JsonNode body = path.contains("/commit/") ? JSON.readTree("{}") : JSON.readTree(request.text());
    if (path.equals("/api/repos/create")) {
      String key =
          body.path("type").asString()
              + "s/"
              + body.path("organization").asString()
              + "/"
              + body.path("name").asString();
      if (repos.contains(key)) {
        return Reply.of(409, "{\"error\":\"You already created this model repo\"}");
      }
      create.accept(key, body.path("private").asBoolean(false));
      return Reply.of(200, "{\"url\":\"x\"}");
    }
    if (path.contains("/preupload/")) {
      return preupload(body);
    }
    if (path.endsWith(".git/info/lfs/objects/batch")) {
      return batch(body);
    }
    if (path.contains("/commit/")) {
      request.text().lines().forEach(line -> lines.add(JSON.readTree(line)));
      return Reply.of(200, "{\"commitUrl\":\"https://hub/x/commit/1\",\"commitOid\":\"1\"}");
    }
    return Reply.of(200, "{}");
  }

  private Reply preupload(JsonNode body) {
    StringBuilder files = new StringBuilder();
    for (JsonNode file : body.path("files")) {
      String path = file.path("path").asString();
      String oid = remote.containsKey(path) ? ",\"oid\":\"" + remote.get(path) + "\"" : "";
      files
          .append(files.isEmpty() ? "" : ",")
          .append(
              "{\"path\":\"%s\",\"uploadMode\":\"%s\",\"shouldIgnore\":%s%s}"
                  .formatted(
                      path,
                      FakeRepos.large(path) ? "lfs" : "regular",
                      path.equals("ignored.txt"),
                      oid));
    }
    return Reply.of(200, "{\"files\":[" + files + "]}");
  }

  private Reply batch(JsonNode body) {
    StringBuilder objects = new StringBuilder();
    for (JsonNode object : body.path("objects")) {
      String oid = object.path("oid").asString();
      long size = object.path("size").asLong();
      String actions = known.contains(oid) ? "" : ",\"actions\":" + actions(oid, size);
      objects
          .append(objects.isEmpty() ? "" : ",")
          .append("{\"oid\":\"%s\",\"size\":%d%s}".formatted(oid, size, actions));
    }
    return Reply.of(200, "{\"transfer\":\"basic\",\"objects\":[" + objects + "]}");
  }

  private String actions(String oid, long size) {
    Map<String, Object> header = new LinkedHashMap<>();
    String href = store.address() + "/upload/" + oid + "?signature=secret";
    if (chunk > 0) {
      href = "https://huggingface.co/complete/" + oid;
      header.put("chunk_size", String.valueOf(chunk));
      for (int part = 1; (part - 1L) * chunk < size; part++) {
        header.put("%05d".formatted(part), store.address() + "/upload/" + oid + "/" + part);
      }
    }
    return JSON.writeValueAsString(
        Map.of(
            "upload", Map.of("href", href, "header", header),
            "verify", Map.of("href", "https://huggingface.co/verify/" + oid)));
  }

  Reply put(Request request) {
    put.put(request.path(), request.body());
    return Reply.of(200, "")
        .with("ETag", "\"etag-of-" + request.path().replaceFirst(".*/", "") + "\"");
  }
}
