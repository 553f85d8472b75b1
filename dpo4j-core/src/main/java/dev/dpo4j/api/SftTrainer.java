/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api;

import dev.dpo4j.data.token.ExampleDataset;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;
import dev.dpo4j.train.sft.SftRun;
import org.jspecify.annotations.Nullable;

/**
 * Trains a model on examples of good answers (supervised fine-tuning).
 *
 * <p>Use {@link #builder()}, then {@link #train()}. The model's weights are changed in place and
 * written to the config's output folder.
 */
public final class SftTrainer extends Trainer {
  private final Model model;
  private final SftConfig config;
  private final ExampleDataset train;
  private final @Nullable ExampleDataset eval;

  private SftTrainer(Builder builder) {
    super(builder);
    this.model = builder.requiredModel();
    this.config = builder.requiredConfig();
    config.texts().give(model.language());
    this.train = tokenize(builder.requiredTrain());
    TrainingData held = builder.eval();
    this.eval = held == null ? null : tokenize(held);
  }

  private ExampleDataset tokenize(TrainingData data) {
    return data.rows()
        .tokenizeSupervised(
            model.language().chat(), config.data().supervisedOptions(), rows -> stopRequested());
  }

  /** Starts a trainer. */
  public static Builder builder() {
    return new Builder();
  }

  /** The tokenised training examples and the report on what became of every row. */
  public ExampleDataset trainDataset() {
    return train;
  }

  @Override
  TrainingRun open(RunHooks hooks) {
    SftRun.Parts parts = new SftRun.Parts(model.language(), train, eval);
    return SftRun.of(parts, config, hooks);
  }

  /** Collects the parts of a trainer. */
  public static final class Builder extends TrainerBuilder<SftConfig, TrainingData, Builder> {
    private Builder() {
      super("SftTrainer");
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
    public SftTrainer build() {
      return new SftTrainer(this);
    }
  }
}
