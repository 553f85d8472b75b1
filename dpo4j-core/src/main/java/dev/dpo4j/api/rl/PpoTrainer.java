/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api.rl;

import dev.dpo4j.api.Model;
import dev.dpo4j.api.RolloutTrainer;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.ppo.PpoRun;
import dev.dpo4j.train.ppo.TokenReward;
import dev.dpo4j.train.rollout.RewardSource;
import dev.dpo4j.train.rollout.RolloutParts;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;
import org.jspecify.annotations.Nullable;

/**
 * Trains a model by PPO on its own answers.
 *
 * <p>Use {@link #builder()} with a value model and at least one reward, then {@link #train()}. The
 * weights of model and value model are changed in place; the model is written to the config's
 * output folder.
 */
public final class PpoTrainer extends RolloutTrainer<PpoConfig> {
  private final LanguageModel critic;

  private PpoTrainer(Builder builder) {
    super(builder);
    this.critic = builder.critic();
  }

  /** Starts a trainer. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  protected RewardSource judge(LanguageModel reward, ComputeOptions compute) {
    return TokenReward.of(reward, policy(), compute);
  }

  @Override
  protected TrainingRun run(RolloutParts parts, PpoConfig config, RunHooks hooks) {
    return PpoRun.of(parts, critic, config, hooks);
  }

  /** Collects the parts of a trainer. */
  public static final class Builder extends RolloutTrainer.Builder<PpoConfig, Builder> {
    private @Nullable Model valueModel;

    private Builder() {
      super("PpoTrainer");
    }

    @Override
    protected Builder builder() {
      return this;
    }

    /**
     * The value model, loaded with {@link Model#loadForRewards}: the reward model's folder, or the
     * policy's, which then gets a new head. It is trained, too.
     */
    public Builder valueModel(Model value) {
      valueModel = value;
      return this;
    }

    private LanguageModel critic() {
      return language(required(valueModel, "valueModel"));
    }

    /**
     * Tokenises the prompts and checks that all parts are there.
     *
     * @throws IllegalArgumentException if a part is missing
     * @throws dev.dpo4j.data.row.DataException if rows are at fault; all are named
     */
    public PpoTrainer build() {
      return new PpoTrainer(this);
    }
  }
}
