/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api.rl;

import dev.dpo4j.api.Model;
import dev.dpo4j.api.RolloutTrainer;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.ppo.PpoRun;
import dev.dpo4j.train.ppo.TokenReward;
import dev.dpo4j.train.rollout.WeightedReward;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Trains a model by PPO on its own answers.
 *
 * <p>Use {@link #builder()} with a value model and at least one reward, then {@link #train()}. The
 * weights of model and value model are changed in place; the model is written to the config's
 * output folder.
 */
public final class PpoTrainer extends RolloutTrainer {
  private final Builder parts;

  private PpoTrainer(Builder builder) {
    super(builder);
    this.parts = builder;
    parts.requireAll();
  }

  /** Starts a trainer. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  protected TrainingRun run(RunHooks hooks) {
    PpoRun.Parts run =
        new PpoRun.Parts(
            policy(),
            reference(),
            parts.critic(),
            parts.judges(policy()),
            trainDataset(),
            heldOut(),
            rollouts());
    return PpoRun.of(run, parts.settings(), hooks);
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

    private PpoConfig settings() {
      return config();
    }

    private LanguageModel critic() {
      return language(required(valueModel, "valueModel"));
    }

    private List<WeightedReward> judges(LanguageModel policy) {
      return rewards((reward, compute) -> TokenReward.of(reward, policy, compute));
    }

    private void requireAll() {
      required(valueModel, "valueModel");
      requireReward();
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
