/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report;

import dev.dpo4j.report.page.EvaluationPage;
import dev.dpo4j.report.run.ReportException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Turns the JSON object of an evaluation into a page. */
public final class EvalPage {
  private EvalPage() {}

  /**
   * Returns the page.
   *
   * @param json what {@code dpo4j eval --json} prints
   * @param language {@code en} or {@code zh}; the page has both, and begins with this one
   * @throws ReportException if it is no evaluation
   */
  public static String of(String json, String language) {
    try {
      return EvaluationPage.of(JsonMapper.shared().readTree(json), language, RunReport.version());
    } catch (JacksonException e) {
      throw new ReportException("The evaluation is no JSON object: " + e.getMessage(), e);
    }
  }
}
