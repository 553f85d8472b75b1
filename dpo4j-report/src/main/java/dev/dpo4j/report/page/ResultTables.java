/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.page;

import tools.jackson.databind.JsonNode;

/** What the pages of results share: their header, their tables and the facts at their end. */
final class ResultTables {
  /** The title of a column of values. */
  static final Words VALUE = new Words("Value", "数值");

  private final PageHtml html;
  private final JsonNode root;

  /**
   * Writes to a page.
   *
   * @param root the result, with its {@code facts}
   */
  ResultTables(PageHtml html, JsonNode root) {
    this.html = html;
    this.root = root;
  }

  /** Begins the page, under the model that the result is about. */
  void begin(String title, Words heading) {
    PageFrame.begin(html, title);
    html.raw("<header>\n<div><h1>").say(heading).raw("</h1>\n<p>");
    html.text(root.path("facts").path("model").asString("")).raw("</p></div>\n");
    PageFrame.buttons(html);
    html.raw("</header>\n<main id=\"main\">\n");
  }

  /** Adds the section that tells how the result was found. */
  void facts() {
    html.heading("facts", "Facts", "信息");
    open(new Words("What", "项目"), VALUE);
    root.path("facts")
        .properties()
        .forEach(fact -> row(fact.getKey(), fact.getValue().asString("")));
    close();
  }

  /** Begins a table. */
  void open(Words... titles) {
    html.raw("<div class=\"wide\" tabindex=\"0\"><table>\n<thead><tr>");
    for (Words title : titles) {
      html.raw("<th scope=\"col\">").say(title).raw("</th>");
    }
    html.raw("</tr></thead>\n<tbody>\n");
  }

  /** Adds a row with its name in front. */
  void row(String name, String... cells) {
    html.raw("<tr><th scope=\"row\">").text(name).raw("</th>");
    for (String cell : cells) {
      html.element("td", cell);
    }
    html.raw("</tr>\n");
  }

  /** Ends a table. */
  void close() {
    html.raw("</tbody></table></div>\n");
  }

  /** A number of the result as people read it; a dash where there is none. */
  static String number(JsonNode from, String name) {
    JsonNode value = from.path(name);
    return value.isNumber() ? ShownNumbers.of(value.doubleValue()) : "-";
  }
}
