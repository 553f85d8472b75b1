/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.value;

/**
 * A string marked safe for HTML ({@code safe}, {@code escape}). It prints as it is, but what is
 * added to it gets escaped, also where automatic escaping is off: a {@code <} added to {@code
 * 'x'|safe} comes out as an entity.
 */
public record Markup(String text) {

  /** The value as escaped text; markup stays as it is. */
  public static String escape(Evaluation in, Object value) {
    return value instanceof Markup markup ? markup.text : escapeText(in, in.str(value));
  }

  private static String escapeText(Evaluation in, String text) {
    StringBuilder escaped = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> escaped.append("&amp;");
        case '<' -> escaped.append("&lt;");
        case '>' -> escaped.append("&gt;");
        case '"' -> escaped.append("&#34;");
        case '\'' -> escaped.append("&#39;");
        default -> escaped.append(c);
      }
    }
    return in.budget().charge(escaped);
  }
}
