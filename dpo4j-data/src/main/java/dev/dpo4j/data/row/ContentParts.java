/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.row;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the content of a message that is a list of parts, as models that also see pictures take it.
 *
 * <p>Templates of text models expect one text: of a list some render nothing, others its
 * programmer's form. So the texts are joined, as templates that know parts do, and a part that is
 * no text is refused.
 */
public final class ContentParts {
  private static final Set<String> TEXT = Set.of("text", "input_text", "output_text");

  private ContentParts() {}

  /**
   * Returns the text of a content.
   *
   * @param where its place in the row, for messages
   * @throws RowFault if a part is no text
   */
  public static String join(String where, List<?> parts) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < parts.size(); i++) {
      String part = text(parts.get(i));
      if (part == null) {
        throw new RowFault(
            "%s[%d] is %s, and the models here read text only. Leave such rows out with drop_media_rows, which counts them, or give the text alone."
                .formatted(where, i, describe(parts.get(i))));
      }
      text.append(part);
    }
    return text.toString();
  }

  /** Returns whether a part of a list is something else than text. */
  public static boolean isForeign(@Nullable Object part) {
    return part instanceof Map && text(part) == null;
  }

  private static @Nullable String text(@Nullable Object part) {
    if (part instanceof String text) {
      return text;
    }
    if (!(part instanceof Map<?, ?> map)) {
      return null;
    }
    boolean plain = map.get("type") == null || TEXT.contains(String.valueOf(map.get("type")));
    return plain && map.get("text") instanceof String text ? text : null;
  }

  private static String describe(@Nullable Object part) {
    if (part instanceof Map<?, ?> map) {
      return map.get("type") instanceof String type
          ? "a part of the type \"" + type + "\"" + (TEXT.contains(type) ? " without a text" : "")
          : "a part without a type, with the fields " + map.keySet();
    }
    return Columns.kind(part);
  }
}
