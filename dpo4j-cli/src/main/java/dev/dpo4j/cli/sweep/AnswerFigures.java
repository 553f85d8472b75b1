/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.sweep;

import java.util.List;
import java.util.Map;

/** Computes figures of the answers that a trained model gives to held-out prompts. */
@FunctionalInterface
public interface AnswerFigures {
  /** Computes nothing. */
  AnswerFigures NONE = answers -> Map.of();

  /**
   * Returns figures by name.
   *
   * @param answers the texts, at least one
   */
  Map<String, Double> of(List<String> answers);
}
