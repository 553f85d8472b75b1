/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.reward;

import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.RewardSequence;
import dev.dpo4j.model.family.ModelHead;
import dev.dpo4j.model.family.WeightsException;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.nn.LogProbHead.Want;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Scores whole sequences with a reward model; what they begin with is computed once. */
public final class RewardScorer implements AutoCloseable {
  private final CausalLm model;
  private final @Nullable Integer padToken;
  private final String name;

  /**
   * Scores with a model, which the caller closes after this.
   *
   * @throws IllegalArgumentException if it is no reward model
   */
  public RewardScorer(LanguageModel reward, ComputeOptions options) {
    if (reward.config().head() != ModelHead.REWARD) {
      throw new IllegalArgumentException(reward.folder() + " is no reward model");
    }
    this.model = reward.compute(options);
    this.padToken = reward.config().padTokenId();
    this.name = reward.folder().toString();
  }

  /**
   * The rewards of sequences, in their order.
   *
   * @param sequences token ids of prompt and answer, at least one each
   * @throws WeightsException if a reward is no finite number
   */
  public double[] score(List<int[]> sequences) {
    FlatBatch batch =
        FlatBatch.of(
            List.of(
                FlatBatch.Tree.prompts(
                    sequences.stream()
                        .map(sequence -> RewardSequence.upToScore(sequence, padToken))
                        .toList())));
    float[] rewards = model.score(batch, Want.LOGPS).logps();
    double[] scores = new double[rewards.length];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = rewards[i];
      if (!Double.isFinite(scores[i])) {
        throw new WeightsException(
            "%s: the reward of an answer of %d tokens is %s, expected a finite number: the training of this model has diverged, or its weights are damaged"
                .formatted(name, sequences.get(i).length, rewards[i]));
      }
    }
    return scores;
  }

  @Override
  public void close() {
    model.close();
  }
}
