/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.eval;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A preference pair with the log-probabilities of both answers.
 *
 * @param row place of the row in its data
 * @param chosen log-probability of the chosen answer under the model, nats
 * @param rejected that of the rejected answer
 * @param referenceChosen log-probability of the chosen answer under the reference; NaN without one
 * @param referenceRejected that of the rejected answer
 * @param chosenTokens scored tokens of the chosen answer
 * @param rejectedTokens those of the rejected one
 * @param scoreMargin by how much a given score prefers the chosen answer; NaN without one
 * @param slices the groups that the row belongs to, by what they are grouped by
 */
public record ScoredPair(
    int row,
    double chosen,
    double rejected,
    double referenceChosen,
    double referenceRejected,
    int chosenTokens,
    int rejectedTokens,
    double scoreMargin,
    Map<String, String> slices) {
  public ScoredPair {
    slices = Collections.unmodifiableMap(new LinkedHashMap<>(slices));
  }

  /** Whether there is a reference. */
  public boolean hasReference() {
    return !Double.isNaN(referenceChosen);
  }

  /** The margin of the implicit reward; that of the log-probabilities without a reference. */
  public double margin(double beta) {
    double margin = chosen - rejected;
    return hasReference() ? beta * (margin - (referenceChosen - referenceRejected)) : margin;
  }

  /** The loss of DPO: {@code -log sigmoid} of the margin. */
  public double loss(double beta) {
    return RowParts.loss(margin(beta));
  }

  /** Whether the model prefers the chosen answer; a tie is no hit, as in TRL. */
  public boolean right(double beta) {
    return margin(beta) > 0;
  }
}
