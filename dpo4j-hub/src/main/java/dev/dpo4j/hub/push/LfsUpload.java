/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub.push;

import dev.dpo4j.hub.http.Call;
import dev.dpo4j.hub.http.HubRequests;
import dev.dpo4j.hub.http.HubResponse;
import dev.dpo4j.hub.http.Urls;
import dev.dpo4j.hub.repo.HubException;
import dev.dpo4j.hub.repo.HubException.Reason;
import dev.dpo4j.hub.repo.HubListener;
import dev.dpo4j.hub.repo.HubName;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Sends the content of large files to where the Hub wants it: git's LFS batch protocol. */
public final class LfsUpload {
  private static final String LFS_JSON = "application/vnd.git-lfs+json";
  private static final String PUBLIC_HUB = "https://huggingface.co";
  private static final int BATCH = 100;

  /** Headers that the JDK writes itself. */
  private static final Set<String> OWN =
      Set.of("connection", "content-length", "expect", "host", "upgrade", "transfer-encoding");

  private final HubRequests requests;
  private final HubListener listener;
  private final HubName target;

  public LfsUpload(HubRequests requests, HubListener listener, HubName target) {
    this.requests = requests;
    this.listener = listener;
    this.target = target;
  }

  public void send(List<UploadFile> files) {
    for (int at = 0; at < files.size(); at += BATCH) {
      List<UploadFile> some = files.subList(at, Math.min(files.size(), at + BATCH));
      Map<String, JsonNode> wishes = batch(some);
      for (UploadFile file : some) {
        JsonNode wish = wishes.get(file.hash());
        if (wish == null) {
          throw refused(file, "the Hub does not say where to send it");
        }
        sendOne(file, wish);
        listener.fileDone(file.path());
      }
    }
  }

  /** Asks where each content goes. */
  private Map<String, JsonNode> batch(List<UploadFile> files) {
    List<Map<String, Object>> objects = new ArrayList<>();
    Map<String, Object> body = new LinkedHashMap<>();
    files.stream()
        .collect(
            LinkedHashMap<String, UploadFile>::new, (all, f) -> all.put(f.hash(), f), Map::putAll)
        .values()
        .forEach(file -> objects.add(Map.of("oid", file.hash(), "size", file.size())));
    body.put("operation", "upload");
    body.put("transfers", List.of("basic", "multipart"));
    body.put("objects", objects);
    body.put("hash_algo", "sha256");
    body.put("ref", Map.of("name", target.revision()));
    URI uri =
        Urls.below(
            requests.settings().endpoint(),
            target.type().urlPrefix() + target.id() + ".git/info/lfs/objects/batch");
    try (HubResponse answer = requests.send(post(uri, body), listener)) {
      Map<String, JsonNode> wishes = new HashMap<>();
      for (JsonNode object : json(answer).path("objects")) {
        wishes.put(object.path("oid").asString(""), object);
      }
      return wishes;
    }
  }

  private JsonNode json(HubResponse answer) {
    return UploadCalls.json(requests, target, answer, null);
  }

  private Call post(URI uri, Object body) {
    byte[] json = UploadCalls.JSON.writeValueAsBytes(body);
    return Call.post(uri, UploadCalls.patience(json.length), () -> BodyPublishers.ofByteArray(json))
        .with("Content-Type", LFS_JSON)
        .with("Accept", LFS_JSON);
  }

  private void sendOne(UploadFile file, JsonNode wish) {
    JsonNode error = wish.path("error");
    if (error.isObject()) {
      throw refused(file, error.path("message").asString("the Hub refused it"));
    }
    JsonNode upload = wish.path("actions").path("upload");
    if (!upload.isObject()) {
      listener.advances(file.size()); // The Hub has this content already.
      return;
    }
    JsonNode header = upload.path("header");
    URI href = href(file, upload);
    long chunk = header.path("chunk_size").asLong(0);
    if (chunk > 0) {
      parts(file, href, header, chunk);
    } else {
      Map<String, String> headers = new LinkedHashMap<>();
      for (Map.Entry<String, JsonNode> entry : header.properties()) {
        if (!OWN.contains(entry.getKey().toLowerCase(Locale.ROOT))) {
          headers.put(entry.getKey(), entry.getValue().asString(""));
        }
      }
      put(file, href, headers, 0, file.size());
    }
    JsonNode verify = wish.path("actions").path("verify");
    if (verify.isObject()) {
      URI uri = href(file, verify);
      Map<String, Object> body = Map.of("oid", file.hash(), "size", file.size());
      try (HubResponse answer = requests.send(post(uri, body), listener)) {
        check(file, answer);
      }
    }
  }

  private void parts(UploadFile file, URI completion, JsonNode header, long chunk) {
    Map<Integer, URI> addresses = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : header.properties()) {
      if (entry.getKey().matches("[0-9]{1,9}")) {
        addresses.put(
            Integer.valueOf(entry.getKey()), address(file, entry.getValue().asString("")));
      }
    }
    long parts = (file.size() + chunk - 1) / chunk;
    if (addresses.size() != parts) {
      throw refused(
          file, "the Hub gave " + addresses.size() + " addresses for " + parts + " parts");
    }
    List<Map<String, Object>> done = new ArrayList<>();
    long at = 0;
    for (URI address : addresses.values()) {
      String etag = put(file, address, Map.of(), at, Math.min(chunk, file.size() - at));
      if (etag == null || etag.isEmpty()) {
        throw refused(file, "the store gave no ETag for part " + (done.size() + 1));
      }
      done.add(Map.of("partNumber", done.size() + 1, "etag", etag));
      at += chunk;
    }
    try (HubResponse answer =
        requests.send(post(completion, Map.of("oid", file.hash(), "parts", done)), listener)) {
      check(file, answer);
    }
  }

  /** Sends a part of a file; returns the ETag of the answer. */
  private @Nullable String put(
      UploadFile file, URI uri, Map<String, String> headers, long from, long length) {
    Sent sent = new Sent(listener);
    Call call =
        Call.put(
            uri,
            UploadCalls.patience(length),
            () -> body(file.source(), from, length, sent.anew()));
    for (Map.Entry<String, String> header : headers.entrySet()) {
      call = call.with(header.getKey(), header.getValue());
    }
    try (HubResponse answer = requests.send(call, listener)) {
      check(file, answer);
      return answer.header("ETag");
    }
  }

  private static BodyPublisher body(Path source, long from, long length, Sent sent) {
    return BodyPublishers.fromPublisher(
        BodyPublishers.ofInputStream(() -> new FileSlice(source, from, length, sent::add)), length);
  }

  /** Counts the bytes of one try; those of a try that failed are taken back. */
  private static final class Sent {
    private final HubListener listener;
    private long bytes;

    Sent(HubListener listener) {
      this.listener = listener;
    }

    synchronized Sent anew() {
      listener.advances(-bytes);
      bytes = 0;
      return this;
    }

    synchronized void add(long more) {
      bytes += more;
      listener.advances(more);
    }
  }

  private void check(UploadFile file, HubResponse answer) {
    if (!answer.good()) {
      String told = answer.message();
      throw refused(
          file,
          "%s answered %d%s"
              .formatted(
                  Urls.shown(answer.uri()), answer.status(), told.isEmpty() ? "" : ": " + told));
    }
  }

  private URI href(UploadFile file, JsonNode action) {
    return address(file, action.path("href").asString(""));
  }

  /** A mirror may hand out addresses of the public Hub: they are asked at the mirror. */
  private URI address(UploadFile file, String text) {
    URI endpoint = requests.settings().endpoint();
    boolean ofPublicHub = text.startsWith(PUBLIC_HUB + "/");
    String address = ofPublicHub ? endpoint + text.substring(PUBLIC_HUB.length()) : text;
    try {
      URI uri = URI.create(address);
      boolean plain = Urls.scheme(uri).equals("http") && Urls.scheme(endpoint).equals("http");
      if (uri.getHost() != null && (Urls.scheme(uri).equals("https") || plain)) {
        return uri;
      }
    } catch (IllegalArgumentException e) {
      // Refused below; the text may hold a signature and is not shown.
    }
    throw refused(file, "the Hub gave an address for it that is not used");
  }

  private HubException refused(UploadFile file, String why) {
    return new HubException(
        Reason.REFUSED, "%s was not uploaded to %s: %s".formatted(file.path(), target.id(), why));
  }
}
