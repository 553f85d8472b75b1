/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api;

import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.dpo.DpoRun;
import dev.dpo4j.train.loop.TrainResult;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Fine-tunes a model on preference pairs with Direct Preference Optimization.
 *
 * <p>Use {@link #builder()}, then {@link #train()}. The model's weights are changed in place and
 * written to the config's output folder.
 */
public final class DpoTrainer {
  private final Model model;
  private final @Nullable Model refModel;
  private final DpoConfig config;
  private final PreferenceDataset train;
  private final @Nullable PreferenceDataset eval;
  private final Listeners listeners;
  private final BooleanSupplier stop;

  private DpoTrainer(Builder builder) {
    this.model = builder.requiredModel();
    this.refModel = builder.refModel;
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
        .tokenize(
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
    LanguageModel reference = refModel == null ? null : refModel.language();
    DpoRun.Parts parts = new DpoRun.Parts(model.language(), reference, train, eval);
    return new DpoRun(parts, config, listeners, stop).run();
  }

  /** Collects the parts of a trainer. */
  public static final class Builder extends TrainerBuilder<DpoConfig, PreferenceData, Builder> {
    private @Nullable Model refModel;

    private Builder() {
      super("DpoTrainer");
    }

    @Override
    Builder self() {
      return this;
    }

    /** The frozen reference; without it the model as it is before training. */
    public Builder refModel(Model value) {
      refModel = value;
      return this;
    }

    /**
     * Tokenises the data and checks that all parts are there.
     *
     * @throws IllegalArgumentException if a part is missing
     * @throws dev.dpo4j.data.row.DataException if rows are at fault; all are named
     */
    public DpoTrainer build() {
      return new DpoTrainer(this);
    }
  }
}
