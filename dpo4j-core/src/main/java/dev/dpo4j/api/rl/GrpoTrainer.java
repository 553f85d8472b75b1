/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api.rl;

import dev.dpo4j.api.RolloutTrainer;
import dev.dpo4j.train.grpo.GroupRun;
import dev.dpo4j.train.rollout.RolloutParts;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;

/**
 * Trains a model on its own answers, each compared with the others to its prompt (GRPO).
 *
 * <p>Use {@link #builder()} with at least one reward, then {@link #train()}. The model's weights
 * are changed in place and written to the config's output folder.
 */
public final class GrpoTrainer extends RolloutTrainer<GrpoConfig> {
  private GrpoTrainer(Builder builder) {
    super(builder);
  }

  /** Starts a trainer. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  protected TrainingRun run(RolloutParts parts, GrpoConfig config, RunHooks hooks) {
    return GroupRun.of(parts, config, hooks);
  }

  /** Collects the parts of a trainer. */
  public static final class Builder extends RolloutTrainer.Builder<GrpoConfig, Builder> {
    private Builder() {
      super("GrpoTrainer");
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
    public GrpoTrainer build() {
      return new GrpoTrainer(this);
    }
  }
}
