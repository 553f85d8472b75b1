/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api;

import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.loss.PairLoss;
import dev.dpo4j.loss.objective.OwnLoss;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.dpo.DpoRun;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;
import org.jspecify.annotations.Nullable;

/**
 * Fine-tunes a model on preference pairs with Direct Preference Optimization.
 *
 * <p>Use {@link #builder()}, then {@link #train()}. The model's weights are changed in place and
 * written to the config's output folder.
 */
public final class DpoTrainer extends Trainer {
  private final Model model;
  private final @Nullable Model refModel;
  private final DpoConfig config;
  private final PreferenceDataset train;
  private final @Nullable PreferenceDataset eval;
  private final @Nullable OwnLoss loss;

  private DpoTrainer(Builder builder) {
    super(builder);
    this.model = builder.requiredModel();
    this.refModel = builder.refModel;
    this.config = builder.requiredConfig();
    this.loss = builder.loss;
    config.texts().give(model.language());
    this.train = tokenize(builder.requiredTrain());
    PreferenceData held = builder.eval();
    this.eval = held == null ? null : tokenize(held);
  }

  private PreferenceDataset tokenize(PreferenceData data) {
    return data.rows()
        .tokenize(
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
    LanguageModel reference = refModel == null ? null : refModel.language();
    DpoRun.Parts parts = new DpoRun.Parts(model.language(), reference, train, eval, loss);
    return DpoRun.of(parts, config, hooks);
  }

  /** Collects the parts of a trainer. */
  public static final class Builder extends TrainerBuilder<DpoConfig, PreferenceData, Builder> {
    private @Nullable Model refModel;
    private @Nullable OwnLoss loss;

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
     * Minimises a loss of your own in place of the one that {@code loss_type} names.
     *
     * <p>It is a formula of one pair in numbers that carry their derivatives, such as {@code pair
     * -> pair.chosenLogRatio().minus(pair.rejectedLogRatio()).times(0.1).logSigmoid().negate()}. Of
     * the options of the loss, the config may set {@code beta} alone, which scales the rewards in
     * the metrics.
     *
     * @param name what the loss is called in the model card of the run
     * @param formula the loss of a pair
     * @throws IllegalArgumentException if the name is empty or belongs to another loss
     */
    public Builder loss(String name, PairLoss formula) {
      loss = new OwnLoss(name, formula);
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
