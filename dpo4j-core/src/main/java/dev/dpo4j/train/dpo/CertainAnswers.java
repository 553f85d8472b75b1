/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.dpo;

import dev.dpo4j.loss.objective.Objective;
import dev.dpo4j.nn.TokenStats;
import dev.dpo4j.train.loop.TrainListener;
import java.util.HashSet;
import java.util.Set;

/** Notices the pairs of which the model is certain of the rejected answer, and says so. */
final class CertainAnswers {
  private final TrainListener listener;
  private final Set<Integer> rows = new HashSet<>();

  CertainAnswers(TrainListener listener) {
    this.listener = listener;
  }

  /** Looks at the rejected answer of a row of the data. */
  void look(int row, TokenStats rejected) {
    if (!Objective.isCertain(rejected) || !rows.add(row) || rows.size() > 1) {
      return;
    }
    listener.onWarning(
        "certain_answer",
        ("the model gives the rejected answer of row %d a probability of 1 (mean log-prob %.1e): in"
                + " float32 nothing is left of the gradient that could make it less likely, so that"
                + " this row cannot be learnt. Was the model trained on the rejected answers?")
            .formatted(row, rejected.logp() / rejected.tokens()));
  }

  /** Says how many rows there were, if the one that was told of was not the only one. */
  void finish() {
    if (rows.size() > 1) {
      listener.onWarning(
          "certain_answer",
          "the model was certain of the rejected answers of %d rows".formatted(rows.size()));
    }
  }
}
