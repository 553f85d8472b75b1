/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.rollout;

import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.reward.RewardScorer;
import java.util.ArrayList;
import java.util.List;

/** Judges answers with a reward model, several to a pass. */
public abstract class ScoredReward implements RewardSource {
  /** Tokens that go through the model at once, unless a single answer has more. */
  private static final int ROWS = 2048;

  private final LanguageModel model;
  private final RewardScorer scorer;
  private final boolean owned;

  /**
   * Judges with a model.
   *
   * @param owned whether the model is closed with this; else the caller closes it after this
   * @throws IllegalArgumentException if it is no reward model
   */
  protected ScoredReward(LanguageModel reward, ComputeOptions compute, boolean owned) {
    this.model = reward;
    this.scorer = new RewardScorer(reward, compute);
    this.owned = owned;
  }

  /** The tokens of prompt and answer as the model reads them. */
  protected abstract int[] sequence(RolloutSample sample);

  /** Whether an answer must not share a pass with the one before it. */
  protected abstract boolean apart(RolloutSample before, RolloutSample sample);

  /** The reward model. */
  protected final LanguageModel model() {
    return model;
  }

  @Override
  public final String checksum() {
    return model.baseChecksum() + model.adapterChecksum();
  }

  @Override
  public final long modelBytes() {
    return model.parameters().count() * model.parameters().dtype().byteSize();
  }

  @Override
  public final double flos(List<RolloutSample> samples) {
    long tokens =
        samples.stream()
            .mapToLong(
                sample -> (long) sample.prompt().ids().length + sample.completion().ids().length)
            .sum();
    return 2.0 * model.parameters().count() * tokens;
  }

  @Override
  public final double[] score(List<RolloutSample> samples) {
    double[] scores = new double[samples.size()];
    List<int[]> pass = new ArrayList<>();
    int rows = 0;
    int from = 0;
    for (int i = 0; i < samples.size(); i++) {
      int[] sequence = sequence(samples.get(i));
      if (!pass.isEmpty()
          && (rows + sequence.length > ROWS || apart(samples.get(i - 1), samples.get(i)))) {
        from = flush(pass, from, scores);
        rows = 0;
      }
      pass.add(sequence);
      rows += sequence.length;
    }
    flush(pass, from, scores);
    return scores;
  }

  private int flush(List<int[]> pass, int from, double[] scores) {
    if (!pass.isEmpty()) {
      double[] found = scorer.score(pass);
      System.arraycopy(found, 0, scores, from, found.length);
    }
    int end = from + pass.size();
    pass.clear();
    return end;
  }

  @Override
  public final void close() {
    scorer.close();
    if (owned) {
      model.close();
    }
  }
}
