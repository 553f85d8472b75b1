/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.model;

import dev.dpo4j.stats.Estimate;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A value that a figure must reach.
 *
 * @param figure its name
 * @param value the least that it may be, or the most where less is better
 */
record Threshold(String figure, double value) {
  /** Figures of which less is better. */
  private static final Set<String> SMALL = Set.of("loss", "kl");

  private static final Pattern FORM =
      Pattern.compile("\\s*([a-z_]+)\\s*=\\s*(-?[0-9]*\\.?[0-9]+(?:[eE]-?[0-9]+)?)\\s*");

  static boolean isOne(String text) {
    return FORM.matcher(text).matches();
  }

  static Threshold parse(String text) {
    Matcher parts = FORM.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException(text);
    }
    return new Threshold(parts.group(1), Double.parseDouble(parts.group(2)));
  }

  /** What is wrong with the figures, null where nothing is. */
  @Nullable String fault(Map<String, Estimate> figures) {
    Estimate found = figures.get(figure);
    if (found == null) {
      return null;
    }
    boolean most = SMALL.contains(figure);
    boolean good = most ? found.value() <= value : found.value() >= value;
    return good
        ? null
        : "%s is %.4f, which is %s %s"
            .formatted(figure, found.value(), most ? "above" : "below", value);
  }
}
