/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.weights;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Knows the folders of the Hugging Face cache, whose paths tell the names of their models. */
public final class HubSnapshots {
  private static final Pattern SNAPSHOT =
      Pattern.compile("models--([A-Za-z0-9._-]+)/snapshots/[0-9a-f]{40}/?$");

  private HubSnapshots() {}

  /**
   * Returns the name on the Hub of a model in the cache, which means the same to others; for
   * another folder its path.
   */
  public static String nameOr(Path folder) {
    Matcher snapshot = SNAPSHOT.matcher(folder.toString().replace('\\', '/'));
    return snapshot.find() ? snapshot.group(1).replace("--", "/") : folder.toString();
  }
}
