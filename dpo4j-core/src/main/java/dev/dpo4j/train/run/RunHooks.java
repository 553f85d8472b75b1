/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.run;

import dev.dpo4j.checkpoint.ResumeState;
import dev.dpo4j.config.OptionValues;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.dist.Collectives;
import dev.dpo4j.metrics.MetricSink;
import dev.dpo4j.optim.OptimizerFactory;
import dev.dpo4j.optim.schedule.LrSchedule;
import dev.dpo4j.optim.schedule.MetricSchedule;
import dev.dpo4j.optim.schedule.ScheduleFactory;
import dev.dpo4j.optim.schedule.ScheduleOptions;
import dev.dpo4j.train.loop.EvalMetric;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.options.Interval;
import dev.dpo4j.train.options.RunConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a program brings to a run beside its configuration.
 *
 * @param listener is told what the run does
 * @param stopRequested asked before each step whether to stop, on the thread that trains
 * @param sinks take the lines of the log, after the run's own files; the program closes them
 * @param optimizer makes the optimizer in place of {@code optim}, or null
 * @param schedule makes the learning rate in place of {@code lr_scheduler_type}, or null
 * @param metrics numbers of the model at each evaluation, by name
 * @param ranks the processes that train together, of which this is one; the program closes them
 */
public record RunHooks(
    TrainListener listener,
    BooleanSupplier stopRequested,
    List<MetricSink> sinks,
    @Nullable OptimizerFactory optimizer,
    @Nullable ScheduleFactory schedule,
    Map<String, EvalMetric> metrics,
    Collectives ranks) {

  /** Nothing: all is as the configuration says. */
  public static final RunHooks NONE = of(TrainListener.NONE, () -> false);

  public RunHooks {
    sinks = List.copyOf(sinks);
    metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
  }

  /** A listener and a stop signal; all else is as the configuration says. */
  public static RunHooks of(TrainListener listener, BooleanSupplier stopRequested) {
    return new RunHooks(
        listener, stopRequested, List.of(), null, null, Map.of(), Collectives.single());
  }

  /** The same for one of several processes that train together. */
  public RunHooks among(Collectives newRanks) {
    return new RunHooks(listener, stopRequested, sinks, optimizer, schedule, metrics, newRanks);
  }

  /**
   * Refuses options that an optimizer or a schedule of the program would leave without effect.
   *
   * @throws ConfigException with all of them at once
   */
  void check(RunConfig config) {
    List<Fault> faults = new ArrayList<>();
    if (optimizer != null && !config.optimizer().hasDefaultRule()) {
      faults.add(unused("optim", "optim, optim_args, weight_decay and adam_*", "optimizer"));
    }
    ScheduleOptions usual = OptionValues.of(ScheduleOptions.class).build("the defaults");
    if (schedule != null && !config.schedule().equals(usual)) {
      faults.add(
          unused(
              "lr_scheduler_type",
              "lr_scheduler_type, lr_scheduler_kwargs, warmup_steps and warmup_ratio",
              "schedule"));
    }
    if (!metrics.isEmpty() && config.eval().strategy() == Interval.NO) {
      faults.add(
          new Fault(
              "eval_strategy",
              "",
              "is no, so that the metrics %s of the program are never computed"
                  .formatted(metrics.keySet())));
    }
    if (!faults.isEmpty()) {
      throw new ConfigException(faults);
    }
  }

  /**
   * Refuses to go on with a schedule of the program that gives another rate at the last step than
   * that step was trained with. A schedule that follows the evaluation cannot be compared.
   *
   * @throws ConfigException if it does
   */
  void checkResume(Path checkpoint, double learningRate) {
    ScheduleFactory own = schedule;
    if (own == null) {
      return;
    }
    ResumeState.Progress progress = ResumeState.read(checkpoint).progress();
    LrSchedule made = own.create(learningRate, progress.maxSteps());
    if (made instanceof MetricSchedule || progress.step() == 0) {
      return;
    }
    double is = made.lr(progress.step() - 1);
    double was = progress.learningRate();
    // Another machine may round the last digits otherwise.
    if (Math.abs(is - was) > 1e-9 * Math.max(Math.abs(is), Math.abs(was))) {
      throw new ConfigException(
          new Fault(
              "lr_scheduler_type",
              checkpoint.toString(),
              "the schedule of the program is not the one that the run began with: step %d was trained with the rate %s, and the schedule gives %s. Bring it back, or begin anew in another output_dir"
                  .formatted(progress.step(), was, is)));
    }
  }

  private static Fault unused(String key, String keys, String what) {
    return new Fault(
        key,
        "",
        "%s have no effect with the %s of the program: leave them at their defaults"
            .formatted(keys, what));
  }
}
