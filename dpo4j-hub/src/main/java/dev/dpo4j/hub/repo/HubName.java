/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub.repo;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A repository on the Hub at a revision, written {@code org/name} or {@code org/name@revision}.
 *
 * @param type what it holds
 * @param id the namespace and the name, such as {@code Qwen/Qwen2.5-0.5B-Instruct}
 * @param revision a branch, a tag, a reference such as {@code refs/pr/3}, or a commit
 */
public record HubName(RepoType type, String id, String revision) {
  /** The revision of a name without one. */
  public static final String MAIN = "main";

  private static final int MAX_LENGTH = 96;
  private static final Pattern PART = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]*");
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
  private static final Pattern REVISION = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._+/-]*");

  /** Endings of files: a path that ends so and does not exist is a mistyped path, not a name. */
  private static final Set<String> FILES =
      Set.of(
          "arrow",
          "bin",
          "csv",
          "gguf",
          "gz",
          "jinja",
          "json",
          "jsonl",
          "md",
          "ndjson",
          "parquet",
          "safetensors",
          "tsv",
          "txt",
          "yaml",
          "yml",
          "zst");

  /** Checks that both parts are what the Hub allows; they become parts of paths and addresses. */
  public HubName {
    if (!validId(id)) {
      throw new HubException(
          HubException.Reason.NAME,
          "\"%s\" is not a name on the Hub: expected ORG/NAME of letters, digits, '-', '_' and '.', at most %d characters, without '--' and '..'"
              .formatted(printable(id), MAX_LENGTH));
    }
    if (!validRevision(revision)) {
      throw new HubException(
          HubException.Reason.NAME,
          "\"%s\" is not a revision of %s: expected a branch, a tag or a commit"
              .formatted(printable(revision), id));
    }
  }

  /**
   * Reads {@code org/name} or {@code org/name@revision}.
   *
   * @throws HubException if it is neither
   */
  public static HubName parse(RepoType type, String text) {
    int at = text.indexOf('@');
    return at < 0
        ? new HubName(type, text, MAIN)
        : new HubName(type, text.substring(0, at), text.substring(at + 1));
  }

  /**
   * Tells whether a text that is no path here can only mean a repository: {@code org/name}, with or
   * without a revision, and without the ending of a file.
   */
  public static boolean isName(String text) {
    int at = text.indexOf('@');
    String id = at < 0 ? text : text.substring(0, at);
    boolean whole = at < 0 || validRevision(text.substring(at + 1));
    String ending = id.substring(id.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return whole && id.indexOf('/') > 0 && validId(id) && !FILES.contains(ending);
  }

  private static boolean validId(String id) {
    if (id.length() > MAX_LENGTH || id.contains("--") || id.contains("..") || id.endsWith(".git")) {
      return false;
    }
    String[] parts = id.split("/", -1);
    if (parts.length > 2) {
      return false;
    }
    for (String part : parts) {
      if (!PART.matcher(part).matches() || part.endsWith("-") || part.endsWith(".")) {
        return false;
      }
    }
    return true;
  }

  private static boolean validRevision(String revision) {
    return REVISION.matcher(revision).matches()
        && !revision.contains("..")
        && !revision.contains("//")
        && !revision.contains("/.")
        && !revision.endsWith("/");
  }

  private static String printable(String text) {
    return text.replaceAll("\\p{Cntrl}", "?");
  }

  /** Returns the same repository at another revision. */
  public HubName at(String other) {
    return new HubName(type, id, other);
  }

  /** Whether the revision is a whole commit hash, which never changes its meaning. */
  public boolean isCommit() {
    return isCommit(revision);
  }

  public static boolean isCommit(String text) {
    return COMMIT.matcher(text).matches();
  }

  /** The name of its folder in the cache. */
  public String folder() {
    return type.plural() + "--" + id.replace("/", "--");
  }

  /** Returns the id, with the revision unless it is {@value #MAIN}. */
  @Override
  public String toString() {
    return revision.equals(MAIN) ? id : id + "@" + revision;
  }
}
