/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api;

import dev.dpo4j.data.PreferenceData;
import dev.dpo4j.data.PreferenceDataset;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.DpoConfig;
import dev.dpo4j.train.DpoRun;
import dev.dpo4j.train.StepReport;
import dev.dpo4j.train.TrainListener;
import dev.dpo4j.train.TrainResult;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
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
  private final List<TrainListener> listeners;
  private final BooleanSupplier stop;

  private DpoTrainer(Builder builder) {
    this.model = required(builder.model, "model");
    this.refModel = builder.refModel;
    this.config = required(builder.config, "config");
    this.listeners = List.copyOf(builder.listeners);
    this.stop = builder.stop;
    this.train = tokenize(required(builder.train, "trainDataset"));
    this.eval = builder.eval == null ? null : tokenize(builder.eval);
  }

  private static <T> T required(@Nullable T value, String name) {
    if (value == null) {
      throw new IllegalArgumentException(
          "DpoTrainer needs " + name + ": call ." + name + "(...) before .build()");
    }
    return value;
  }

  private PreferenceDataset tokenize(PreferenceData data) {
    return data.tokenize(model.language().chat(), config.data().tokenizeOptions());
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
   * @throws dev.dpo4j.train.NonFiniteException if loss or gradient is no finite number; the model
   *     of the step before was written
   */
  public TrainResult train() {
    LanguageModel reference = refModel == null ? null : refModel.language();
    DpoRun.Parts parts = new DpoRun.Parts(model.language(), reference, train, eval);
    return new DpoRun(parts, config, new Listeners(listeners), stop).run();
  }

  /** Collects the parts of a trainer. */
  public static final class Builder {
    private @Nullable Model model;
    private @Nullable Model refModel;
    private @Nullable DpoConfig config;
    private @Nullable PreferenceData train;
    private @Nullable PreferenceData eval;
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
    public Builder config(DpoConfig value) {
      config = value;
      return this;
    }

    /** The pairs to train on. */
    public Builder trainDataset(PreferenceData value) {
      train = value;
      return this;
    }

    /** Held-out pairs; the config says when they are evaluated. */
    public Builder evalDataset(PreferenceData value) {
      eval = value;
      return this;
    }

    /** Is told after every optimizer step. */
    public Builder onStep(Consumer<StepReport> callback) {
      return listener(
          new TrainListener() {
            @Override
            public void onStep(StepReport report) {
              callback.accept(report);
            }
          });
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
    public DpoTrainer build() {
      return new DpoTrainer(this);
    }
  }
}
