/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api;

import dev.dpo4j.data.ExampleDataset;
import dev.dpo4j.data.TrainingData;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.KtoConfig;
import dev.dpo4j.train.KtoRun;
import dev.dpo4j.train.TrainListener;
import dev.dpo4j.train.TrainResult;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Trains a model on single answers judged good or bad (KTO).
 *
 * <p>Use {@link #builder()}, then {@link #train()}. The model's weights are changed in place and
 * written to the config's output folder.
 */
public final class KtoTrainer {
  private final Model model;
  private final @Nullable Model refModel;
  private final KtoConfig config;
  private final ExampleDataset train;
  private final @Nullable ExampleDataset eval;
  private final Listeners listeners;
  private final BooleanSupplier stop;

  private KtoTrainer(Builder builder) {
    this.model = required(builder.model, "model");
    this.refModel = builder.refModel;
    this.config = required(builder.config, "config");
    this.listeners = new Listeners(builder.listeners);
    this.stop = builder.stop;
    this.train = tokenize(required(builder.train, "trainDataset"));
    this.eval = builder.eval == null ? null : tokenize(builder.eval);
  }

  private static <T> T required(@Nullable T value, String name) {
    if (value == null) {
      throw new IllegalArgumentException(
          "KtoTrainer needs " + name + ": call ." + name + "(...) before .build()");
    }
    return value;
  }

  private ExampleDataset tokenize(TrainingData data) {
    return data.tokenizeLabelled(model.language().chat(), config.dataset().maxLength());
  }

  /** Starts a trainer. */
  public static Builder builder() {
    return new Builder();
  }

  /** The tokenised training answers and the report on what became of every row. */
  public ExampleDataset trainDataset() {
    return train;
  }

  /**
   * Trains and writes the output folder.
   *
   * @throws dev.dpo4j.train.NonFiniteException if loss or gradient is no finite number; the model
   *     of the step before was written
   */
  public TrainResult train() {
    LanguageModel reference = refModel == null ? null : refModel.language();
    KtoRun.Parts parts = new KtoRun.Parts(model.language(), reference, train, eval);
    return new KtoRun(parts, config, listeners, stop).run();
  }

  /** Collects the parts of a trainer. */
  public static final class Builder {
    private @Nullable Model model;
    private @Nullable Model refModel;
    private @Nullable KtoConfig config;
    private @Nullable TrainingData train;
    private @Nullable TrainingData eval;
    private final List<TrainListener> listeners = new ArrayList<>();
    private BooleanSupplier stop = () -> false;

    private Builder() {}

    /** The model to train; its weights are changed. */
    public Builder model(Model value) {
      model = value;
      return this;
    }

    /** The frozen reference; without it the model as it is before training. */
    public Builder refModel(Model value) {
      refModel = value;
      return this;
    }

    /** How to train. */
    public Builder config(KtoConfig value) {
      config = value;
      return this;
    }

    /** The answers to train on. */
    public Builder trainDataset(TrainingData value) {
      train = value;
      return this;
    }

    /** Held-out answers; the config says when they are evaluated. */
    public Builder evalDataset(TrainingData value) {
      eval = value;
      return this;
    }

    /** Is told everything that the run does. */
    public Builder listener(TrainListener listener) {
      listeners.add(listener);
      return this;
    }

    /** Asked before each step whether to stop; a stopped run still writes its output. */
    public Builder stopWhen(BooleanSupplier condition) {
      stop = condition;
      return this;
    }

    /**
     * Tokenises the data and checks that all parts are there.
     *
     * @throws IllegalArgumentException if a part is missing
     * @throws dev.dpo4j.data.DataException if rows are at fault; all are named
     */
    public KtoTrainer build() {
      return new KtoTrainer(this);
    }
  }
}
