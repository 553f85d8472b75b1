/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub.repo;

import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Which files of a repository are wanted: those that match one of the patterns to include, if there
 * are any, and none of those to exclude.
 *
 * <p>As in huggingface_hub, {@code *} also matches slashes, {@code ?} is one character, {@code
 * [abc]} one of several, and a pattern that ends with a slash means all below that folder.
 *
 * @param include patterns; none mean all files
 * @param exclude patterns that win
 */
public record FileFilter(List<String> include, List<String> exclude) {
  /** All files. */
  public static final FileFilter ALL = new FileFilter(List.of(), List.of());

  public FileFilter {
    include = List.copyOf(include);
    exclude = List.copyOf(exclude);
    include.forEach(FileFilter::compile);
    exclude.forEach(FileFilter::compile);
  }

  /** Tells whether a file is wanted. */
  public boolean accepts(String path) {
    return (include.isEmpty() || matches(include, path)) && !matches(exclude, path);
  }

  private static boolean matches(List<String> patterns, String path) {
    return patterns.stream().anyMatch(pattern -> compile(pattern).matcher(path).matches());
  }

  private static Pattern compile(String glob) {
    String whole = glob.endsWith("/") ? glob + "*" : glob;
    StringBuilder regex = new StringBuilder();
    int at = 0;
    while (at < whole.length()) {
      char c = whole.charAt(at++);
      int end = c == '[' ? whole.indexOf(']', at + 1) : -1;
      if (c == '*') {
        regex.append(".*");
      } else if (c == '?') {
        regex.append('.');
      } else if (end > 0) {
        String set = whole.substring(at, end).replace("\\", "\\\\").replace("[", "\\[");
        regex.append('[').append(set.replaceFirst("^!", "^").replace("&&", "&\\&")).append(']');
        at = end + 1;
      } else {
        regex.append(Pattern.quote(String.valueOf(c)));
      }
    }
    try {
      return Pattern.compile(regex.toString(), Pattern.DOTALL);
    } catch (PatternSyntaxException e) {
      throw new HubException(
          HubException.Reason.NAME, "\"" + glob + "\" is not a pattern: " + e.getDescription(), e);
    }
  }

  /** Returns how the user wrote it. */
  @Override
  public String toString() {
    return "include " + include + ", exclude " + exclude;
  }
}
