/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report;

import dev.dpo4j.report.page.ComparePage;
import dev.dpo4j.report.page.PlainPage;
import dev.dpo4j.report.page.RunPage;
import dev.dpo4j.report.page.Surroundings;
import dev.dpo4j.report.run.RunRecord;
import dev.dpo4j.report.run.RunState;
import java.util.List;
import java.util.Map;

/**
 * A page in the look of the reports that a server gives out, with styles and scripts beside it.
 *
 * <p>Every text is escaped, and all words are there in English and Chinese: the page's own script
 * exchanges them.
 */
public final class ServedPage {
  private final PlainPage page;
  private final String language;

  /** Begins a page, or a piece of one, in the language {@code en} or {@code zh}. */
  public ServedPage(String language) {
    this.page = new PlainPage(language);
    this.language = language;
  }

  /**
   * What a server puts around its pages; all of it is markup.
   *
   * @param folder the path under which {@link #files} are served, such as {@code /web/}
   * @param head links to further styles and scripts
   * @param top what stands above everything
   * @param tools what stands between the header and the sections
   */
  public record Site(String folder, String head, String top, String tools) {
    private Surroundings around(boolean points) {
      return new Surroundings(folder, head, top, tools, points);
    }
  }

  /** Adds markup as it is. */
  public ServedPage raw(String markup) {
    page.raw(markup);
    return this;
  }

  /** Adds a text that has no language. */
  public ServedPage text(String text) {
    page.text(text);
    return this;
  }

  /** Adds words in the language of the page. */
  public ServedPage say(String en, String zh) {
    page.say(en, zh);
    return this;
  }

  /** Adds how far a run is. */
  public ServedPage state(RunState state) {
    page.state(state);
    return this;
  }

  /** Adds a number as people read it. */
  public ServedPage number(double value) {
    page.number(value);
    return this;
  }

  /** Returns what was added, without a frame. */
  public String markup() {
    return page.markup();
  }

  /** Returns the whole page under a title in both languages. */
  public String page(Site site, String en, String zh) {
    return page.page(site.around(true), en, zh);
  }

  /**
   * Returns the page of a run.
   *
   * @param points whether the curves are there, or only everything else
   */
  public static String run(RunRecord run, Site site, String language, boolean points) {
    return RunPage.of(run, language, RunReport.version(), site.around(points));
  }

  /** Returns the page that compares runs, which must have different names. */
  public static String compare(List<RunRecord> runs, Site site, String language, boolean points) {
    return ComparePage.of(runs, language, RunReport.version(), site.around(points));
  }

  /** Styles and scripts of the pages, by name. */
  public static Map<String, String> files() {
    return PlainPage.files();
  }

  /** The language in which the page begins. */
  public String language() {
    return language;
  }
}
