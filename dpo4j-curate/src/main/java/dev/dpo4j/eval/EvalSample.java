/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.eval;

import dev.dpo4j.judge.Comparison;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A prompt with the answers of two models.
 *
 * @param prompt as a text for a reader
 * @param model the answer of the model that is measured
 * @param other the answer of the second model, or of the reference; null without either
 * @param comparison what a judge said of both, the model's first; null without a judge
 */
public record EvalSample(
    String prompt, String model, @Nullable String other, @Nullable Comparison comparison) {

  /** Points of the model: 1 for a win, a half for a tie, NaN where there is no verdict. */
  public double points() {
    Comparison judged = comparison;
    if (judged == null || judged.outcome() == Comparison.Outcome.FAILED) {
      return Double.NaN;
    }
    Integer winner = judged.winner();
    return winner == null ? 0.5 : winner == 0 ? 1 : 0;
  }

  Map<String, @Nullable Object> json() {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    map.put("prompt", prompt);
    map.put("model", model);
    map.put("other", other);
    if (comparison != null) {
      map.put("outcome", comparison.outcome().name().toLowerCase(java.util.Locale.ROOT));
    }
    return map;
  }
}
