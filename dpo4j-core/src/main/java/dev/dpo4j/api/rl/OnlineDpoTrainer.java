/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api.rl;

import dev.dpo4j.api.RolloutTrainer;
import dev.dpo4j.train.dpo.OnlineDpoRun;
import dev.dpo4j.train.rollout.RolloutParts;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;

/**
 * Trains a model by DPO on the best and the worst of its own answers to each prompt.
 *
 * <p>Use {@link #builder()} with at least one reward, then {@link #train()}. The model's weights
 * are changed in place and written to the config's output folder.
 */
public final class OnlineDpoTrainer extends RolloutTrainer<OnlineDpoConfig> {
  private OnlineDpoTrainer(Builder builder) {
    super(builder);
  }

  /** Starts a trainer. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  protected TrainingRun run(RolloutParts parts, OnlineDpoConfig config, RunHooks hooks) {
    return OnlineDpoRun.of(parts, config, hooks);
  }

  /** Collects the parts of a trainer. */
  public static final class Builder extends RolloutTrainer.Builder<OnlineDpoConfig, Builder> {
    private Builder() {
      super("OnlineDpoTrainer");
    }

    @Override
    protected Builder builder() {
      return this;
    }

    /**
     * Tokenises the prompts and checks that all parts are there.
     *
     * @throws IllegalArgumentException if a part is missing
     * @throws dev.dpo4j.data.row.DataException if rows are at fault; all are named
     */
    public OnlineDpoTrainer build() {
      return new OnlineDpoTrainer(this);
    }
  }
}
