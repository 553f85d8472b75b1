/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.page;

import dev.dpo4j.report.run.RunState;
import java.util.LinkedHashMap;
import java.util.Map;

/** A page without curves in the look of the others, or a piece of such a page. */
public final class PlainPage {
  private final PageHtml html;

  /** Begins a page in the language {@code en} or {@code zh}. */
  public PlainPage(String language) {
    this.html = new PageHtml(language);
  }

  /** Adds markup as it is. */
  public void raw(String markup) {
    html.raw(markup);
  }

  /** Adds a text that has no language. */
  public void text(String text) {
    html.text(text);
  }

  /** Adds words in the language of the page. */
  public void say(String en, String zh) {
    html.say(en, zh);
  }

  /** Adds how far a run is. */
  public void state(RunState state) {
    RunPage.state(html, state);
  }

  /** Adds a number as people read it. */
  public void number(double value) {
    html.text(ShownNumbers.of(value));
  }

  /** Returns what was added. */
  public String markup() {
    return html.toString();
  }

  /** Returns the page around what was added, under a title in both languages. */
  public String page(Surroundings served, String en, String zh) {
    PageHtml whole = new PageHtml(html.language(), served);
    Words title = new Words(en, zh);
    PageFrame.begin(whole, title.in(html.language()) + " - dpo4j");
    whole.raw("<header>\n<h1>").say(title).raw("</h1>\n");
    whole.raw("<div class=\"buttons\" hidden id=\"buttons\">\n");
    PageFrame.switches(whole);
    whole.raw("</div>\n</header>\n").raw(served.tools());
    whole.raw("<main id=\"main\">\n").raw(html.toString()).raw("</main>\n");
    whole.raw("<script src=\"" + served.folder() + "page.js\"></script>\n");
    return whole.raw("</body>\n</html>\n").toString();
  }

  /** Styles and scripts that a server gives out beside its pages, by name. */
  public static Map<String, String> files() {
    Map<String, String> files = new LinkedHashMap<>();
    for (String library : new String[] {"uPlot.min.css", "uPlot.iife.min.js"}) {
      files.put(library, WebFiles.library("dist/" + library));
    }
    for (String own : new String[] {"report.css", "page.js", "report.js"}) {
      files.put(own, WebFiles.own(own));
    }
    return files;
  }
}
