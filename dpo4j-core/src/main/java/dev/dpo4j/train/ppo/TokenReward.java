/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.ppo;

import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.rollout.ModelReward;
import dev.dpo4j.train.rollout.RewardSource;
import dev.dpo4j.train.rollout.RolloutSample;
import dev.dpo4j.train.rollout.ScoredReward;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Judges answers with a reward model that reads the policy's own tokens, which are then scored as
 * they were drawn.
 */
public final class TokenReward extends ScoredReward {

  private TokenReward(LanguageModel model, ComputeOptions compute, boolean owned) {
    super(model, compute, owned);
  }

  /**
   * Loads a reward model, which is closed with its judge; see {@link #of}.
   *
   * @throws dev.dpo4j.model.family.ModelConfigException if the folder holds another model
   */
  public static RewardSource load(Path folder, LanguageModel policy, ComputeOptions compute) {
    LanguageModel reward = LanguageModel.loadReward(folder);
    if (!readsTokensOf(reward, policy)) {
      return ModelReward.owning(reward, compute);
    }
    try {
      return new TokenReward(reward, compute, true);
    } catch (RuntimeException e) {
      reward.close();
      throw e;
    }
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
        ? new TokenReward(reward, compute, false)
        : new ModelReward(reward, compute);
  }

  /** Whether a reward model has the vocabulary and the template of a policy. */
  public static boolean readsTokensOf(LanguageModel reward, LanguageModel policy) {
    return SameTokens.ofConversations(reward, policy);
  }

  /** The folder of the model. */
  public Path folder() {
    return model().folder();
  }

  @Override
  protected boolean apart(RolloutSample before, RolloutSample sample) {
    return false;
  }

  @Override
  protected int[] sequence(RolloutSample sample) {
    int[] prompt = sample.prompt().ids();
    int[] answer = sample.completion().ids();
    int[] both = Arrays.copyOf(prompt, prompt.length + answer.length);
    System.arraycopy(answer, 0, both, prompt.length, answer.length);
    return both;
  }
}
