/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.page;

import org.jspecify.annotations.Nullable;

/** A page under construction; every text is escaped, and words are there in both languages. */
final class PageHtml {
  private final StringBuilder page = new StringBuilder();
  private final String language;
  private final @Nullable Surroundings served;

  /** A page of a file, which holds all that it needs. */
  PageHtml(String language) {
    this(language, null);
  }

  /** A page of a server, or of a file without one. */
  PageHtml(String language, @Nullable Surroundings served) {
    this.language = language;
    this.served = served;
  }

  /** What a server puts around the page, null in a file. */
  @Nullable Surroundings served() {
    return served;
  }

  String language() {
    return language;
  }

  /** Adds markup as it is. */
  PageHtml raw(String markup) {
    page.append(markup);
    return this;
  }

  /** Adds a text of the run: never of a language of the page. */
  PageHtml text(String text) {
    page.append(escape(text));
    return this;
  }

  /** Adds words in the language of the page; its script exchanges them. */
  PageHtml say(Words words) {
    if (words.en().equals(words.zh())) {
      return text(words.en());
    }
    page.append("<span class=\"t\" data-en=\"").append(escape(words.en()));
    page.append("\" data-zh=\"").append(escape(words.zh())).append("\">");
    page.append(escape(words.in(language))).append("</span>");
    return this;
  }

  PageHtml say(String en, String zh) {
    return say(new Words(en, zh));
  }

  PageHtml heading(String id, String en, String zh) {
    return raw("<h2 id=\"" + id + "\">").say(en, zh).raw("</h2>\n");
  }

  /** Adds a cell or another element around a text of the run. */
  PageHtml element(String tag, String text) {
    return raw("<" + tag + ">").text(text).raw("</" + tag.split(" ", 2)[0] + ">");
  }

  static String escape(String text) {
    StringBuilder safe = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> safe.append("&amp;");
        case '<' -> safe.append("&lt;");
        case '>' -> safe.append("&gt;");
        case '"' -> safe.append("&quot;");
        case '\'' -> safe.append("&#39;");
        default -> safe.append(c < ' ' && c != '\n' && c != '\t' ? '\ufffd' : c);
      }
    }
    return safe.toString();
  }

  @Override
  public String toString() {
    return page.toString();
  }
}
