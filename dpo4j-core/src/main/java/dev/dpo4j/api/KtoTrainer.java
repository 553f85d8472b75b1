/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api;

import dev.dpo4j.data.token.ExampleDataset;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.kto.KtoRun;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;
import org.jspecify.annotations.Nullable;

/**
 * Trains a model on single answers judged good or bad (KTO).
 *
 * <p>Use {@link #builder()}, then {@link #train()}. The model's weights are changed in place and
 * written to the config's output folder.
 */
public final class KtoTrainer extends Trainer {
  private final Model model;
  private final @Nullable Model refModel;
  private final KtoConfig config;
  private final ExampleDataset train;
  private final @Nullable ExampleDataset eval;

  private KtoTrainer(Builder builder) {
    super(builder);
    this.model = builder.requiredModel();
    this.refModel = builder.refModel;
    this.config = builder.requiredConfig();
    config.texts().give(model.language());
    this.train = tokenize(builder.requiredTrain());
    TrainingData held = builder.eval();
    this.eval = held == null ? null : tokenize(held);
  }

  private ExampleDataset tokenize(TrainingData data) {
    return data.rows()
        .tokenizeLabelled(
            model.language().chat(), config.dataset().limits(), rows -> stopRequested());
  }

  /** Starts a trainer. */
  public static Builder builder() {
    return new Builder();
  }

  /** The tokenised training answers and the report on what became of every row. */
  public ExampleDataset trainDataset() {
    return train;
  }

  @Override
  TrainingRun open(RunHooks hooks) {
    LanguageModel reference = refModel == null ? null : refModel.language();
    KtoRun.Parts parts = new KtoRun.Parts(model.language(), reference, train, eval);
    return KtoRun.of(parts, config, hooks);
  }

  /** Collects the parts of a trainer. */
  public static final class Builder extends TrainerBuilder<KtoConfig, TrainingData, Builder> {
    private @Nullable Model refModel;

    private Builder() {
      super("KtoTrainer");
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
    public KtoTrainer build() {
      return new KtoTrainer(this);
    }
  }
}
