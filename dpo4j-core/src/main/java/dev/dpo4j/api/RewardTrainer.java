/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api;

import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.train.reward.RewardRun;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;
import org.jspecify.annotations.Nullable;

/**
 * Trains a reward model on preference pairs.
 *
 * <p>Load the model with {@link Model#loadForRewards}, use {@link #builder()}, then {@link
 * #train()}. The model's weights are changed in place and written to the config's output folder.
 */
public final class RewardTrainer extends Trainer {
  private final Model model;
  private final RewardConfig config;
  private final PreferenceDataset train;
  private final @Nullable PreferenceDataset eval;

  private RewardTrainer(Builder builder) {
    super(builder);
    this.model = builder.requiredModel();
    this.config = builder.requiredConfig();
    config.texts().give(model.language());
    this.train = tokenize(builder.requiredTrain());
    PreferenceData held = builder.eval();
    this.eval = held == null ? null : tokenize(held);
  }

  private PreferenceDataset tokenize(PreferenceData data) {
    return data.rows()
        .tokenizeSequences(
            model.language().chat(), config.data().tokenizeOptions(), rows -> stopRequested());
  }

  /** Starts a trainer. */
  public static Builder builder() {
    return new Builder();
  }

  /** The tokenised training pairs and the report on what became of every row. */
  public PreferenceDataset trainDataset() {
    return train;
  }

  @Override
  TrainingRun open(RunHooks hooks) {
    RewardRun.Parts parts = new RewardRun.Parts(model.language(), train, eval);
    return RewardRun.of(parts, config, hooks);
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
