/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report;

import dev.dpo4j.report.page.SweepSections;
import dev.dpo4j.report.run.ReportException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Turns the JSON object of a sweep into a page. */
public final class SweepPage {
  private SweepPage() {}

  /**
   * Returns the page.
   *
   * @param json what {@code dpo4j sweep} writes to {@code sweep.json}
   * @param language {@code en} or {@code zh}; the page has both, and begins with this one
   * @throws ReportException if it is no sweep
   */
  public static String of(String json, String language) {
    try {
      return SweepSections.of(JsonMapper.shared().readTree(json), language, RunReport.version());
    } catch (JacksonException e) {
      throw new ReportException("The sweep is no JSON object: " + e.getMessage(), e);
    }
  }
}
