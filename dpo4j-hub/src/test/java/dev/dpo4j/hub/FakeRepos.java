/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub;

import dev.dpo4j.hub.FakeHub.Reply;
import dev.dpo4j.hub.FakeHub.Request;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Repositories with files, served as the Hub does: small files by itself, large ones by a redirect
 * to a second server, which stands for the store behind it.
 */
public final class FakeRepos implements Closeable {
  private static final Pattern INFO =
      Pattern.compile("/api/(models|datasets)/([^/]+/[^/]+)/revision/(.+)");
  private static final Pattern TREE =
      Pattern.compile("/api/(models|datasets)/([^/]+/[^/]+)/tree/([0-9a-f]{40})");
  private static final Pattern PLAIN = Pattern.compile("/api/(models|datasets)/([^/]+/[^/]+)");
  private static final Pattern RESOLVE =
      Pattern.compile("/(datasets/)?([^/]+/[^/]+)/resolve/(refs/convert/parquet|[^/]+)/(.+)");
  private static final int PAGE = 3;

  private final FakeHub hub;
  private final FakeHub store;
  private final Map<String, Repo> repos = new ConcurrentHashMap<>();
  private final FakeUploads uploads;

  /** A repository; its files are those of its branches. */
  public final class Repo {
    private final Map<String, Commit> branches = new ConcurrentHashMap<>();
    volatile boolean hidden;
    volatile boolean gated;

    private Repo() {}

    /** Puts a commit onto a branch: paths and contents, large where the name ends so. */
    public String commit(String branch, Map<String, byte[]> files) {
      StringBuilder text = new StringBuilder(branch);
      new TreeMap<>(files).forEach((path, bytes) -> text.append(path).append(sha256(bytes)));
      Commit commit = new Commit(sha1(text.toString().getBytes(StandardCharsets.UTF_8)), files);
      branches.put(branch, commit);
      return commit.sha;
    }

    /** Lets nobody in who has not accepted the conditions. */
    public Repo gated() {
      gated = true;
      return this;
    }

    private Commit at(String revision) {
      Commit named = branches.get(revision);
      return named != null
          ? named
          : branches.values().stream()
              .filter(commit -> commit.sha.equals(revision))
              .findFirst()
              .orElse(null);
    }
  }

  private record Commit(String sha, Map<String, byte[]> files) {
    Commit {
      files = new TreeMap<>(files);
    }
  }

  /** Starts the Hub and its store. */
  public FakeRepos() throws IOException {
    this.store = FakeHub.serving(this::stored);
    this.uploads = new FakeUploads(store);
    this.hub = FakeHub.serving(this::page);
  }

  /** Returns the Hub. */
  public FakeHub hub() {
    return hub;
  }

  /** Returns the store of large files. */
  public FakeHub store() {
    return store;
  }

  FakeUploads uploads() {
    return uploads;
  }

  /** Returns a repository of models, made when it is first asked for. */
  public Repo model(String id) {
    return repos.computeIfAbsent("models/" + id, key -> new Repo());
  }

  /** Returns a repository of data. */
  public Repo dataset(String id) {
    return repos.computeIfAbsent("datasets/" + id, key -> new Repo());
  }

  /** Tells whether a file is kept in the store. */
  static boolean large(String path) {
    return path.endsWith(".safetensors") || path.endsWith(".parquet") || path.endsWith(".bin");
  }

  private Reply page(Request request) {
    String path = request.path();
    Reply upload = uploads.page(request, repos.keySet(), this::create);
    if (upload != null) {
      return upload;
    }
    Matcher info = INFO.matcher(path);
    if (info.matches()) {
      return of(request, info.group(1), info.group(2), info.group(3), this::info);
    }
    Matcher tree = TREE.matcher(path);
    if (tree.matches()) {
      return of(request, tree.group(1), tree.group(2), tree.group(3), this::tree);
    }
    Matcher plain = PLAIN.matcher(path);
    if (plain.matches()) {
      return of(request, plain.group(1), plain.group(2), "main", this::info);
    }
    Matcher file = RESOLVE.matcher(path);
    if (file.matches()) {
      String plural = file.group(1) == null ? "models" : "datasets";
      String name = file.group(4);
      return of(
          request,
          plural,
          file.group(2),
          file.group(3),
          (asked, repo, commit) -> file(asked, repo, commit, name));
    }
    return Reply.of(404, "{\"error\":\"no such page\"}");
  }

  private void create(String key, boolean hidden) {
    Repo repo = repos.computeIfAbsent(key, unused -> new Repo());
    repo.hidden = hidden;
    repo.commit("main", Map.of());
  }

  /** A page of a repository at a commit. */
  private interface Page {
    Reply show(Request request, Repo repo, Commit commit);
  }

  private Reply of(Request request, String plural, String id, String revision, Page page) {
    Repo repo = repos.get(plural + "/" + id);
    if (repo == null) {
      return error(401, "RepoNotFound", "Repository not found");
    }
    if (repo.gated && request.path().contains("/resolve/")) {
      return error(
          request.header("authorization").isEmpty() ? 401 : 403,
          "GatedRepo",
          "Access to model " + id + " is restricted");
    }
    Commit commit = repo.at(revision);
    return commit == null
        ? error(404, "RevisionNotFound", "Invalid rev id: " + revision)
        : page.show(request, repo, commit);
  }

  private static Reply error(int status, String code, String message) {
    return Reply.of(status, "{\"error\":\"" + message + "\"}")
        .with("X-Error-Code", code)
        .with("X-Error-Message", message);
  }

  private Reply info(Request request, Repo repo, Commit commit) {
    String json =
        "{\"id\":\"x/y\",\"sha\":\"%s\",\"private\":%s,\"siblings\":[]}"
            .formatted(commit.sha, repo.hidden);
    return Reply.of(200, json).with("Content-Type", "application/json");
  }

  /** Three entries a page, so that a list has several. */
  private Reply tree(Request request, Repo repo, Commit commit) {
    Matcher cursor = Pattern.compile("cursor=(\\d+)").matcher(request.target());
    int from = cursor.find() ? Integer.parseInt(cursor.group(1)) : 0;
    var paths = commit.files.keySet().stream().toList();
    StringJoiner entries = new StringJoiner(",", "[", "]");
    entries.add(
        "{\"type\":\"directory\",\"oid\":\""
            + "0".repeat(40)
            + "\",\"size\":0,\"path\":\"folder\"}");
    for (String path : paths.subList(from, Math.min(from + PAGE, paths.size()))) {
      entries.add(entry(path, commit.files.get(path)));
    }
    Reply reply = Reply.of(200, entries.toString()).with("Content-Type", "application/json");
    String next =
        hub.address() + request.path() + "?recursive=true&expand=false&cursor=" + (from + PAGE);
    return from + PAGE < paths.size() ? reply.with("Link", "<" + next + ">; rel=\"next\"") : reply;
  }

  private static String entry(String path, byte[] bytes) {
    String name = path.replace("\\", "\\\\");
    String lfs =
        large(path)
            ? ",\"lfs\":{\"oid\":\"%s\",\"size\":%d,\"pointerSize\":130}"
                .formatted(sha256(bytes), bytes.length)
            : "";
    String oid = large(path) ? sha1(path.getBytes(StandardCharsets.UTF_8)) : gitSha1(bytes);
    return "{\"type\":\"file\",\"oid\":\"%s\",\"size\":%d,\"path\":\"%s\"%s}"
        .formatted(oid, bytes.length, name, lfs);
  }

  private Reply file(Request request, Repo repo, Commit commit, String path) {
    byte[] bytes = commit.files.get(path);
    if (bytes == null) {
      return error(404, "EntryNotFound", "Entry not found").with("X-Repo-Commit", commit.sha);
    }
    if (!large(path)) {
      return ranged(request, bytes)
          .with("X-Repo-Commit", commit.sha)
          .with("ETag", "\"" + gitSha1(bytes) + "\"");
    }
    return new Reply(302, Map.of(), new byte[0])
        .with("X-Repo-Commit", commit.sha)
        .with("X-Linked-Etag", "\"" + sha256(bytes) + "\"")
        .with("X-Linked-Size", String.valueOf(bytes.length))
        .with("Location", store.address() + "/stored/" + sha256(bytes) + "?signature=secret");
  }

  private Reply stored(Request request) {
    if (request.method().equals("PUT")) {
      return uploads.put(request);
    }
    String sha = request.path().replaceFirst("/stored/", "");
    for (Repo repo : repos.values()) {
      for (Commit commit : repo.branches.values()) {
        for (byte[] bytes : commit.files.values()) {
          if (sha256(bytes).equals(sha)) {
            return ranged(request, bytes).with("ETag", "\"of-the-store\"");
          }
        }
      }
    }
    return Reply.of(404, "");
  }

  private static Reply ranged(Request request, byte[] bytes) {
    Matcher range = Pattern.compile("bytes=(\\d+)-").matcher(request.header("range"));
    if (!range.matches()) {
      return new Reply(200, new LinkedHashMap<>(), bytes);
    }
    int from = Integer.parseInt(range.group(1));
    if (from >= bytes.length) {
      return Reply.of(416, "").with("Content-Range", "bytes */" + bytes.length);
    }
    byte[] rest = Arrays.copyOfRange(bytes, from, bytes.length);
    return new Reply(206, new LinkedHashMap<>(), rest)
        .with("Content-Range", "bytes %d-%d/%d".formatted(from, bytes.length - 1, bytes.length));
  }

  /** The SHA-256 of a content, in hexadecimal digits. */
  public static String sha256(byte[] bytes) {
    return HexFormat.of().formatHex(digest("SHA-256").digest(bytes));
  }

  static String gitSha1(byte[] bytes) {
    MessageDigest digest = digest("SHA-1");
    digest.update(("blob " + bytes.length + "\0").getBytes(StandardCharsets.US_ASCII));
    return HexFormat.of().formatHex(digest.digest(bytes));
  }

  private static String sha1(byte[] bytes) {
    return HexFormat.of().formatHex(digest("SHA-1").digest(bytes));
  }

  private static MessageDigest digest(String name) {
    try {
      return MessageDigest.getInstance(name);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    hub.close();
    store.close();
  }
}
