/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.operator;

import dev.dpo4j.template.text.Chars;
import dev.dpo4j.template.value.Numbers;
import java.util.Map;

/** The little HTML that filters ask for. */
public final class Html {
  private static final Map<String, String> ENTITIES =
      Map.ofEntries(
          Map.entry("amp", "&"),
          Map.entry("lt", "<"),
          Map.entry("gt", ">"),
          Map.entry("quot", "\""),
          Map.entry("apos", "'"),
          Map.entry("nbsp", "\u00a0"),
          Map.entry("copy", "©"),
          Map.entry("reg", "®"),
          Map.entry("laquo", "«"),
          Map.entry("raquo", "»"),
          Map.entry("mdash", "—"),
          Map.entry("ndash", "–"),
          Map.entry("hellip", "…"),
          Map.entry("lsquo", "‘"),
          Map.entry("rsquo", "’"),
          Map.entry("ldquo", "“"),
          Map.entry("rdquo", "”"),
          Map.entry("bull", "•"),
          Map.entry("middot", "·"),
          Map.entry("times", "×"),
          Map.entry("euro", "€"));

  /** More than any entity has. */
  private static final int LONGEST = 40;

  private Html() {}

  /** Without comments and tags, white space joined to single blanks, entities resolved. */
  public static String stripTags(String text) {
    StringBuilder out = new StringBuilder();
    int from = 0;
    for (int start = text.indexOf('<'); start >= 0; start = text.indexOf('<', from)) {
      boolean comment = text.startsWith("<!--", start);
      int end = comment ? text.indexOf("-->", start + 4) : text.indexOf('>', start);
      if (end < 0) {
        break;
      }
      out.append(text, from, start);
      from = end + (comment ? 3 : 1);
    }
    out.append(text, from, text.length());
    return unescape(joinWords(out.toString()));
  }

  private static String joinWords(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean space = Chars.isSpace(c);
      if (!space) {
        out.append(c);
      } else if (!out.isEmpty() && out.charAt(out.length() - 1) != ' ') {
        out.append(' ');
      }
    }
    return Chars.stripRight(out.toString());
  }

  private static String unescape(String text) {
    StringBuilder out = new StringBuilder(text.length());
    int from = 0;
    int end = -1;
    for (int at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) {
      end = end < at ? text.indexOf(';', at) : end;
      if (end < 0) {
        break;
      }
      String resolved = end - at > LONGEST ? "" : resolve(text.substring(at + 1, end));
      if (!resolved.isEmpty()) {
        out.append(text, from, at).append(resolved);
        from = end + 1;
      }
    }
    return out.append(text, from, text.length()).toString();
  }

  private static String resolve(String entity) {
    if (!entity.startsWith("#")) {
      return ENTITIES.getOrDefault(entity, "");
    }
    boolean hex = entity.startsWith("#x") || entity.startsWith("#X");
    Object number = Numbers.parseInt(entity.substring(hex ? 2 : 1), hex ? 16 : 10);
    return number instanceof Long code && code > 0 && Character.isValidCodePoint(code.intValue())
        ? Character.toString(code.intValue())
        : "";
  }
}
