/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub.repo;

import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A file of a repository at a commit.
 *
 * @param path from the root of the repository, with slashes
 * @param size bytes
 * @param blobId hash of the file, or of the pointer that stands for a large one, as git has it
 * @param sha256 hash of the content of a large file, null for a small one
 * @param xetHash address of the content in the Hub's chunk store, null where it has none
 */
public record RepoFile(
    String path, long size, String blobId, @Nullable String sha256, @Nullable String xetHash) {
  private static final Pattern RESERVED =
      Pattern.compile("(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\\..*)?");

  /**
   * Refuses a path that would leave the folder it is written to, here or on Windows.
   *
   * @throws HubException with the name
   */
  public static String checkPath(String path) {
    boolean good = !path.isEmpty() && path.length() <= 1024;
    for (String part : path.split("/", -1)) {
      good &=
          !part.isEmpty()
              && !part.equals(".")
              && !part.equals("..")
              && part.chars().noneMatch(c -> c < ' ' || c == '\\' || c == ':' || c == 0x7f)
              && part.codePoints().noneMatch(c -> Character.getType(c) == Character.SURROGATE)
              && !RESERVED.matcher(part.toLowerCase(Locale.ROOT)).matches();
    }
    if (!good) {
      throw new HubException(
          HubException.Reason.CORRUPT,
          "the repository names a file \"%s\", which may not be written: a path from its root without '..', ':' and '\\', of whole characters, was expected. Ask its owner to rename it"
              .formatted(path.replaceAll("[\\p{Cntrl}\\p{Cs}]", "?")));
    }
    return path;
  }
}
