/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api;

import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.reward.RewardRun;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Trains a reward model on preference pairs.
 *
 * <p>Load the model with {@link Model#loadForRewards}, use {@link #builder()}, then {@link
 * #train()}. The model's weights are changed in place and written to the config's output folder.
 */
public final class RewardTrainer {
  private final Model model;
  private final RewardConfig config;
  private final PreferenceDataset train;
  private final @Nullable PreferenceDataset eval;
  private final Listeners listeners;
  private final BooleanSupplier stop;

  private RewardTrainer(Builder builder) {
    this.model = builder.requiredModel();
    this.config = builder.requiredConfig();
    this.listeners = builder.listeners();
    this.stop = builder.stop();
    config.texts().give(model.language());
    this.train = tokenize(builder.requiredTrain());
    PreferenceData held = builder.eval();
    this.eval = held == null ? null : tokenize(held);
  }

  private PreferenceDataset tokenize(PreferenceData data) {
    return data.rows()
        .tokenizeSequences(
            model.language().chat(), config.data().tokenizeOptions(), rows -> stop.getAsBoolean());
  }

  /** Starts a trainer. */
  public static Builder builder() {
    return new Builder();
  }

  /** The tokenised training pairs and the report on what became of every row. */
  public PreferenceDataset trainDataset() {
    return train;
  }

  /**
   * Trains and writes the output folder.
   *
   * @throws dev.dpo4j.train.loop.NonFiniteException if loss or gradient is no finite number; the
   *     model of the step before was written
   */
  public TrainResult train() {
    RewardRun.Parts parts = new RewardRun.Parts(model.language(), train, eval);
    return new RewardRun(parts, config, listeners, stop).run();
  }

  /** Collects the parts of a trainer. */
  public static final class Builder extends TrainerBuilder<RewardConfig, PreferenceData, Builder> {
    private Builder() {
      super("RewardTrainer");
    }

    @Override
    Builder self() {
      return this;
    }

    /**
     * Tokenises the data and checks that all parts are there.
     *
     * @throws IllegalArgumentException if a part is missing
     * @throws dev.dpo4j.data.row.DataException if rows are at fault; all are named
     */
    public RewardTrainer build() {
      return new RewardTrainer(this);
    }
  }
}
