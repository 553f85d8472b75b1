/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api;

import dev.dpo4j.dist.Collectives;
import dev.dpo4j.metrics.MetricSink;
import dev.dpo4j.optim.OptimizerFactory;
import dev.dpo4j.optim.schedule.ScheduleFactory;
import dev.dpo4j.train.loop.EvalMetric;
import dev.dpo4j.train.loop.StepReport;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.run.RunHooks;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * What the builders of all trainers have in common.
 *
 * @param <C> how to train
 * @param <D> the rows to train on
 * @param <B> the builder itself
 */
public abstract class TrainerBuilder<C, D, B extends TrainerBuilder<C, D, B>> {
  private final String trainer;
  private final List<TrainListener> listeners = new ArrayList<>();
  private @Nullable Model model;
  private @Nullable C config;
  private @Nullable D train;
  private @Nullable D eval;
  private final List<MetricSink> sinks = new ArrayList<>();
  private @Nullable OptimizerFactory optimizer;
  private @Nullable ScheduleFactory schedule;
  private final Map<String, ToDoubleFunction<Model>> metrics = new LinkedHashMap<>();
  private BooleanSupplier stop = () -> false;
  private Collectives ranks = Collectives.single();

  TrainerBuilder(String trainer) {
    this.trainer = trainer;
  }

  abstract B self();

  /** The model to train; its weights are changed. */
  public B model(Model value) {
    model = value;
    return self();
  }

  /** How to train. */
  public B config(C value) {
    config = value;
    return self();
  }

  /** The rows to train on. */
  public B trainDataset(D value) {
    train = value;
    return self();
  }

  /** Held-out rows; the config says when they are evaluated. */
  public B evalDataset(D value) {
    eval = value;
    return self();
  }

  /** Is told after every optimizer step. */
  public B onStep(Consumer<StepReport> callback) {
    return listener(
        new TrainListener() {
          @Override
          public void onStep(StepReport report) {
            callback.accept(report);
          }
        });
  }

  /**
   * Is given the run folder when the run has ended and the folder is complete, such as {@code
   * RunReport::write} of {@code dpo4j-report}.
   */
  public B onEnd(Consumer<Path> callback) {
    return listener(
        new TrainListener() {
          @Override
          public void onEnd(Path folder, TrainResult result) {
            callback.accept(folder);
          }
        });
  }

  /** Is told everything that the run does. */
  public B listener(TrainListener listener) {
    listeners.add(listener);
    return self();
  }

  /**
   * Takes the lines of the log, evaluations included, beside the files of the run. The run does not
   * close it, so that it may serve several runs.
   */
  public B metricSink(MetricSink sink) {
    sinks.add(sink);
    return self();
  }

  /**
   * Trains with an optimizer of your own in place of the one that {@code optim} names. A checkpoint
   * keeps its {@linkplain dev.dpo4j.optim.Optimizer#state state}; the phase of {@code sft_first}
   * uses the optimizer of the config.
   */
  public B optimizer(OptimizerFactory factory) {
    optimizer = factory;
    return self();
  }

  /**
   * Sets the learning rate by a rule of your own in place of {@code lr_scheduler_type}. The phase
   * of {@code sft_first} uses the schedule of the config.
   */
  public B schedule(ScheduleFactory factory) {
    schedule = factory;
    return self();
  }

  /**
   * Computes a number of the model at each evaluation; it is logged as {@code eval_} and the name,
   * and can be {@code metric_for_best_model}. The training goes on afterwards, so that the model
   * must stay as it is.
   */
  public B evalMetric(String name, ToDoubleFunction<Model> metric) {
    metrics.put(name, metric);
    return self();
  }

  /**
   * Asked before each step, and between batches of the reference and of an evaluation, whether to
   * stop; a stopped run still writes its output. Where it says so while {@code build} tokenises the
   * data, a {@link java.util.concurrent.CancellationException} ends that.
   */
  public B stopWhen(BooleanSupplier condition) {
    stop = condition;
    return self();
  }

  /**
   * Trains together with other processes, each of which runs the same program with the same model,
   * data and configuration. Without this call a trainer trains alone, whatever the environment
   * says.
   *
   * <p>{@link Collectives#fromEnvironment} meets the processes that {@code torchrun}, Kubeflow,
   * SLURM or {@code dpo4j launch} started; {@link Collectives#open} meets those of a place that the
   * program knows. The batch size of the configuration counts for each process. The first process
   * alone writes the output folder. A trainer that fails tells the others why; the program closes
   * the group when all trainers that share it have ended.
   *
   * <pre>{@code
   * try (Collectives ranks = Collectives.fromEnvironment(Duration.ofMinutes(30))) {
   *   DpoTrainer.builder().model(model).config(config).trainDataset(data).ranks(ranks).build().train();
   * }
   * }</pre>
   *
   * @param together the processes, of which this is one
   */
  public B ranks(Collectives together) {
    ranks = together;
    return self();
  }

  Model requiredModel() {
    return required(trainer, model, "model");
  }

  C requiredConfig() {
    return required(trainer, config, "config");
  }

  D requiredTrain() {
    return required(trainer, train, "trainDataset");
  }

  @Nullable D eval() {
    return eval;
  }

  /** All that the program brings; {@code also} is a further reason to stop. */
  RunHooks hooks(BooleanSupplier also) {
    BooleanSupplier given = stop;
    return new RunHooks(
        new Listeners(listeners),
        () -> also.getAsBoolean() || given.getAsBoolean(),
        sinks,
        optimizer,
        schedule,
        ofThisModel(),
        ranks);
  }

  private Map<String, EvalMetric> ofThisModel() {
    Model own = requiredModel();
    Map<String, EvalMetric> all = new LinkedHashMap<>();
    metrics.forEach((name, metric) -> all.put(name, policy -> metric.applyAsDouble(own)));
    return all;
  }

  /** Returns a part of {@code owner} that its builder has to be given. */
  static <T> T required(String owner, @Nullable T value, String name) {
    if (value == null) {
      throw new IllegalArgumentException(
          owner + " needs " + name + ": call ." + name + "(...) before .build()");
    }
    return value;
  }
}
