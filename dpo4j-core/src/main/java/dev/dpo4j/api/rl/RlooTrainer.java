/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api.rl;

import dev.dpo4j.api.RolloutTrainer;
import dev.dpo4j.train.grpo.GroupRun;
import dev.dpo4j.train.rollout.RolloutParts;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;

/**
 * Trains a model on its own answers, each against the mean of the others to its prompt (RLOO).
 *
 * <p>Use {@link #builder()} with at least one reward, then {@link #train()}. The model's weights
 * are changed in place and written to the config's output folder.
 */
public final class RlooTrainer extends RolloutTrainer<RlooConfig> {
  private RlooTrainer(Builder builder) {
    super(builder);
  }

  /** Starts a trainer. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  protected TrainingRun run(RolloutParts parts, RlooConfig config, RunHooks hooks) {
    return GroupRun.of(parts, config, hooks);
  }

  /** Collects the parts of a trainer. */
  public static final class Builder extends RolloutTrainer.Builder<RlooConfig, Builder> {
    private Builder() {
      super("RlooTrainer");
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
    public RlooTrainer build() {
      return new RlooTrainer(this);
    }
  }
}
