/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train;

import dev.dpo4j.model.CausalLm;
import dev.dpo4j.nn.LogProbHead.Want;
import java.util.ArrayList;
import java.util.List;

/** A second, frozen model that scores each batch when it is trained on. */
final class ModelReference implements ReferenceLogps {
  private final CausalLm model;
  private final PairScorer scorer;

  private final Closer owner;

  /** Frees what a reference was lent. */
  interface Closer {
    void close();
  }

  /**
   * Makes a reference around a model.
   *
   * @param owner closed with the reference
   */
  ModelReference(CausalLm model, PairScorer scorer, Closer owner) {
    this.model = model;
    this.scorer = scorer;
    this.owner = owner;
  }

  @Override
  public List<Answers> of(int[] rows) {
    PairScorer.Scores scores = scorer.score(model, rows, Want.LOGPS);
    List<Answers> answers = new ArrayList<>();
    for (int i = 0; i < rows.length; i++) {
      answers.add(new Answers(scores.chosen().get(i).logps(), scores.rejected().get(i).logps()));
    }
    return answers;
  }

  @Override
  public void close() {
    owner.close();
  }
}
