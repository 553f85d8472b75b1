/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.weights;

import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Knows the folders of the Hugging Face cache, whose paths tell the names of their models. */
public final class HubSnapshots {
  private static final Pattern SNAPSHOT =
      Pattern.compile("(?:models|datasets)--([A-Za-z0-9._-]+)/snapshots/[0-9a-f]{40}/?$");

  private HubSnapshots() {}

  /**
   * Returns the name on the Hub of a model in the cache, which means the same to others; for
   * another folder its path.
   */
  public static String nameOr(Path folder) {
    return name(folder.toString()).orElse(folder.toString());
  }

  /** Returns the name on the Hub of a model or a data set in the cache; no other path has one. */
  public static Optional<String> name(String path) {
    Matcher snapshot = SNAPSHOT.matcher(path.replace('\\', '/'));
    return snapshot.find() ? Optional.of(snapshot.group(1).replace("--", "/")) : Optional.empty();
  }

  /**
   * Returns what may be said of a path to others: the name on the Hub, else the last part of the
   * path, without the folders of this machine.
   */
  public static String shareable(String path) {
    String plain = path.replace('\\', '/');
    return name(path).orElse(plain.substring(plain.lastIndexOf('/') + 1));
  }
}
