/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.ppo;

import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.reward.RewardScorer;
import dev.dpo4j.train.rollout.ModelReward;
import dev.dpo4j.train.rollout.RewardSource;
import dev.dpo4j.train.rollout.RolloutSample;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Judges answers with a reward model that reads the policy's own tokens, which are then scored as
 * they were drawn.
 */
public final class TokenReward implements RewardSource {
  /** Tokens that go through the model at once, unless a single answer has more. */
  private static final int ROWS = 2048;

  private final LanguageModel model;
  private final RewardScorer scorer;
  private final boolean owned;

  private TokenReward(LanguageModel model, RewardScorer scorer, boolean owned) {
    this.model = model;
    this.scorer = scorer;
    this.owned = owned;
  }

  /**
   * Loads a reward model, which is closed with its judge; see {@link #of}.
   *
   * @throws dev.dpo4j.model.family.ModelConfigException if the folder holds another model
   */
  public static RewardSource load(Path folder, LanguageModel policy, ComputeOptions compute) {
    LanguageModel reward = LanguageModel.loadReward(folder);
    try {
      if (readsTokensOf(reward, policy)) {
        return new TokenReward(reward, new RewardScorer(reward, compute), true);
      }
    } catch (RuntimeException e) {
      reward.close();
      throw e;
    }
    reward.close();
    return ModelReward.load(folder, compute);
  }

  @Override
  public long modelBytes() {
    return model.parameters().count() * model.parameters().dtype().byteSize();
  }

  @Override
  public double flos(List<RolloutSample> samples) {
    long tokens = samples.stream().mapToLong(sample -> sequence(sample).length).sum();
    return 2.0 * model.parameters().count() * tokens;
  }

  /**
   * A reward model as a judge: of tokens where it has the policy's vocabulary and template, else of
   * texts.
   *
   * @param reward the model, which the caller closes after this
   * @param policy the model whose answers are judged
   */
  public static RewardSource of(
      LanguageModel reward, LanguageModel policy, ComputeOptions compute) {
    return readsTokensOf(reward, policy)
        ? new TokenReward(reward, new RewardScorer(reward, compute), false)
        : new ModelReward(reward, compute);
  }

  /** Whether a reward model has the vocabulary and the template of a policy. */
  public static boolean readsTokensOf(LanguageModel reward, LanguageModel policy) {
    return SameTokens.ofConversations(reward, policy);
  }

  @Override
  public double[] score(List<RolloutSample> samples) {
    double[] scores = new double[samples.size()];
    List<int[]> group = new ArrayList<>();
    int rows = 0;
    int from = 0;
    for (RolloutSample sample : samples) {
      int[] sequence = sequence(sample);
      if (!group.isEmpty() && rows + sequence.length > ROWS) {
        from = flush(group, from, scores);
        rows = 0;
      }
      group.add(sequence);
      rows += sequence.length;
    }
    flush(group, from, scores);
    return scores;
  }

  private int flush(List<int[]> group, int from, double[] scores) {
    double[] found = scorer.score(group);
    System.arraycopy(found, 0, scores, from, found.length);
    group.clear();
    return from + found.length;
  }

  private static int[] sequence(RolloutSample sample) {
    int[] prompt = sample.prompt().ids();
    int[] answer = sample.completion().ids();
    int[] both = Arrays.copyOf(prompt, prompt.length + answer.length);
    System.arraycopy(answer, 0, both, prompt.length, answer.length);
    return both;
  }

  @Override
  public void close() {
    scorer.close();
    if (owned) {
      model.close();
    }
  }
}
