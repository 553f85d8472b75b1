/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub.http;

import dev.dpo4j.hub.repo.HubException;
import dev.dpo4j.hub.repo.HubListener;
import dev.dpo4j.hub.repo.HubName;
import dev.dpo4j.hub.repo.RepoFile;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What a repository holds, as the Hub tells it. */
public final class RepoApi {
  private static final Pattern NEXT = Pattern.compile("<([^>]+)>;\\s*rel=\"next\"");
  private static final Pattern ETAG = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
  private static final int MOST_PAGES = 1000;

  private final HubRequests requests;
  private final HubListener listener;

  public RepoApi(HubRequests requests, HubListener listener) {
    this.requests = requests;
    this.listener = listener;
  }

  /**
   * What the Hub says about a file before it sends it.
   *
   * @param commit the commit that was answered for
   * @param etag hash of the content: SHA-256 of a large file, git's SHA-1 of a small one
   * @param size bytes, -1 where it does not say
   */
  public record Metadata(String commit, String etag, long size) {}

  /**
   * What a revision means now.
   *
   * @param commit the commit
   * @param names paths of its files, by which a list can be checked; empty where none are told
   */
  public record Revision(String commit, Set<String> names) {
    public Revision {
      names = Set.copyOf(names);
    }
  }

  /** Returns the commit that a revision means now. */
  public String commit(HubName name) {
    return revision(name).commit();
  }

  /** Returns what a revision means now. */
  public Revision revision(HubName name) {
    String path = "revision/" + Urls.part(name.revision());
    JsonNode info = json(name, api(name, path));
    String sha = info.path("sha").asString("");
    if (!HubName.isCommit(sha)) {
      throw new HubException(
          HubException.Reason.CORRUPT,
          "the Hub names no commit for %s: found \"%s\" in the field sha. Check HF_ENDPOINT"
              .formatted(name, sha));
    }
    Set<String> names = new TreeSet<>();
    for (JsonNode sibling : info.path("siblings")) {
      names.add(sibling.path("rfilename").asString(""));
    }
    names.remove("");
    return new Revision(sha, names);
  }

  /** Tells whether a repository is private. */
  public boolean isPrivate(HubName name) {
    return json(name, api(name, "")).path("private").asBoolean(false);
  }

  /**
   * Lists the files of a commit, with those in folders.
   *
   * @throws HubException if the list cannot be one of a repository: too long, with a file that is a
   *     folder as well, or with a name twice
   */
  public List<RepoFile> tree(HubName name, String commit) {
    List<RepoFile> files = new ArrayList<>();
    Set<URI> seen = new HashSet<>();
    @Nullable URI page = api(name.at(commit), "tree/" + commit + "?recursive=true&expand=false");
    while (page != null) {
      if (!seen.add(page) || seen.size() > MOST_PAGES) {
        throw new HubException(
            HubException.Reason.CORRUPT,
            "the list of the files of %s has no end: after %d pages and %d files there is another. Name the files that are wanted with --include, or check HF_ENDPOINT"
                .formatted(name, seen.size(), files.size()));
      }
      page = read(name.at(commit), page, answer -> page(answer, files)).orElse(null);
    }
    checkTree(name, files);
    return files;
  }

  private static void checkTree(HubName name, List<RepoFile> files) {
    Set<String> paths = new HashSet<>();
    for (RepoFile file : files) {
      if (!paths.add(file.path())) {
        throw contradicting(name, "the file \"" + file.path() + "\" twice");
      }
    }
    for (RepoFile file : files) {
      String path = file.path();
      for (int at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
        if (paths.contains(path.substring(0, at))) {
          throw contradicting(
              name, "\"" + path.substring(0, at) + "\" as a file and as a folder with " + path);
        }
      }
    }
  }

  private static HubException contradicting(HubName name, String what) {
    return new HubException(
        HubException.Reason.CORRUPT,
        "the list of the files of %s names %s: it cannot be right. Try again, and check HF_ENDPOINT and proxies on the way"
            .formatted(name, what));
  }

  /** Adds the files of a page, and returns the address of the next one. */
  private Optional<URI> page(HubResponse answer, List<RepoFile> files) throws IOException {
    JsonNode list = answer.json();
    if (!list.isArray()) {
      throw answer.malformed("no list of files", null);
    }
    for (JsonNode entry : list) {
      if (entry.path("type").asString("").equals("file")) {
        files.add(file(entry, answer));
      }
    }
    return next(answer);
  }

  private static RepoFile file(JsonNode entry, HubResponse answer) {
    String path = entry.path("path").asString("");
    String oid = entry.path("oid").asString("");
    JsonNode lfs = entry.path("lfs");
    @Nullable String sha256 = lfs.isObject() ? lfs.path("oid").asString("") : null;
    long size = (lfs.isObject() ? lfs : entry).path("size").asLong(-1);
    @Nullable String xet = entry.path("xetHash").asString(null);
    boolean whole = !path.isEmpty() && oid.matches("[0-9a-f]{40,64}") && size >= 0;
    if (!whole || (sha256 != null && !sha256.matches("[0-9a-f]{64}"))) {
      throw answer.malformed("a list whose entry \"" + path + "\" has no path, size or hash", null);
    }
    return new RepoFile(RepoFile.checkPath(path), size, oid, sha256, xet);
  }

  /** The next page of a list must be on the Hub itself. */
  private Optional<URI> next(HubResponse answer) {
    String link = answer.header("Link");
    Matcher next = link == null ? null : NEXT.matcher(link);
    if (next == null || !next.find()) {
      return Optional.empty();
    }
    try {
      URI uri = answer.uri().resolve(next.group(1));
      if (Urls.sameOrigin(uri, requests.settings().endpoint())) {
        return Optional.of(uri);
      }
    } catch (IllegalArgumentException e) {
      // Refused below.
    }
    throw answer.malformed("a list that goes on at another host", null);
  }

  /**
   * Asks about a file without reading it.
   *
   * @param absent hears the commit in which there is no such file
   */
  public Metadata head(HubName name, String path, Consumer<String> absent) {
    Call call =
        call(Call.head(resolve(name, path), requests.settings().etagTimeout()))
            .with("Accept-Encoding", "identity");
    try (HubResponse answer = requests.send(call, listener)) {
      boolean away = answer.redirects() && answer.status() < 400;
      String commit = String.valueOf(answer.header("X-Repo-Commit"));
      if (!away && !answer.good()) {
        if ("EntryNotFound".equals(answer.header("X-Error-Code")) && HubName.isCommit(commit)) {
          absent.accept(commit);
        }
        throw new HubErrors(requests.settings(), name).of(answer, path);
      }
      if (!HubName.isCommit(commit)) {
        throw answer.malformed("no commit in the header X-Repo-Commit", null);
      }
      String linked = answer.header("X-Linked-Etag");
      String etag = plain(linked == null ? answer.header("ETag") : linked);
      if (!ETAG.matcher(etag).matches()) {
        throw answer.malformed("no usable ETag for " + path, null);
      }
      long size = HubResponse.number(answer.header("X-Linked-Size"));
      return new Metadata(commit, etag, size < 0 && !away ? answer.length() : size);
    }
  }

  private static String plain(@Nullable String etag) {
    return etag == null ? "" : etag.replaceFirst("^W/", "").replace("\"", "");
  }

  /** Returns the address of a file's content. */
  public URI resolve(HubName name, String path) {
    return Urls.below(
        requests.settings().endpoint(),
        name.type().urlPrefix()
            + name.id()
            + "/resolve/"
            + Urls.part(name.revision())
            + "/"
            + Urls.path(path));
  }

  private URI api(HubName name, String path) {
    String below = path.isEmpty() ? "" : "/" + path;
    return Urls.below(
        requests.settings().endpoint(), "api/" + name.type().plural() + "/" + name.id() + below);
  }

  private JsonNode json(HubName name, URI uri) {
    return read(name, uri, HubResponse::json);
  }

  /** Takes what is needed from an answer. */
  private interface Reader<T> {
    T read(HubResponse answer) throws IOException;
  }

  /** Reads an answer; one that breaks off is asked for again. */
  private <T> T read(HubName name, URI uri, Reader<T> reader) {
    Call call = call(Call.get(uri, requests.settings().downloadTimeout()));
    for (int attempt = 1; ; attempt++) {
      try (HubResponse answer = requests.send(call, listener)) {
        if (!answer.good()) {
          throw new HubErrors(requests.settings(), name).of(answer, "");
        }
        return reader.read(answer);
      } catch (IOException e) {
        if (attempt == call.tries()) {
          throw new HubException(
              HubException.Reason.NETWORK,
              "the answer of %s broke off: %s"
                  .formatted(Urls.shown(call.uri()), HubRequests.describe(e)),
              e);
        }
        requests.pause().take(Pause.backoff(attempt));
      }
    }
  }

  private Call call(Call call) {
    return requests.settings().implicitToken() ? call : call.anonymous();
  }
}
