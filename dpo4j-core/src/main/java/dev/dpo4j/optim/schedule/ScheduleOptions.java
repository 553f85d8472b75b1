/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim.schedule;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How the learning rate goes over the run. */
public record ScheduleOptions(
    @Option(
            defaultValue = "linear",
            help =
                "Shape of the learning rate over the run. reduce_lr_on_plateau and greedy follow "
                    + "metric_for_best_model, loss unless set, at every evaluation.")
        LrSchedulerType lrSchedulerType,
    @Option(
            defaultValue = "{}",
            help =
                "Arguments of the schedule, under transformers' names: num_cycles for the "
                    + "cosines, min_lr or min_lr_rate for those that have a least rate, lr_end and "
                    + "power for polynomial, num_decay_steps for warmup_stable_decay, factor and "
                    + "patience for reduce_lr_on_plateau and greedy, and their others.",
            difference = "An argument that has no effect is refused.")
        Map<String, String> lrSchedulerKwargs,
    @Option(
            defaultValue = "0.0",
            range = "[0,inf)",
            help =
                "Number of warm-up steps with a linear increase from 0; a value below 1 is a share "
                    + "of all steps, rounded up.",
            difference =
                "Refused with constant, reduce_lr_on_plateau and greedy, where transformers"
                    + " ignores it.")
        double warmupSteps,
    @Option(
            range = "[0,1)",
            help = "Share of all steps used for warm-up; the older spelling of warmup_steps < 1.",
            difference = "transformers 5 has dropped this key.")
        @Nullable Double warmupRatio)
    implements Checked {

  /**
   * Returns the schedule of a run of {@code trainingSteps} optimizer steps.
   *
   * @param metric the metric that it follows where it follows one, such as {@code eval_loss}
   */
  public LrSchedule schedule(double learningRate, long trainingSteps, String metric) {
    double warmup = warmupRatio == null ? warmupSteps : warmupRatio;
    ScheduleArguments arguments = new ScheduleArguments(lrSchedulerKwargs);
    return switch (lrSchedulerType) {
      case REDUCE_LR_ON_PLATEAU -> new PlateauSchedule(metric, learningRate, arguments);
      case GREEDY -> new GreedySchedule(metric, learningRate, arguments);
      default ->
          new SteppedSchedule(
              lrSchedulerType,
              learningRate,
              LrSchedule.warmupSteps(warmup, trainingSteps),
              trainingSteps,
              arguments);
    };
  }

  @Override
  public void check(Check check) {
    if (!lrSchedulerType.warmsUp()) {
      String reason =
          "with lr_scheduler_type %s (constant_with_warmup warms up)"
              .formatted(lrSchedulerType.configName());
      check.idle(Set.of("warmup_steps", "warmup_ratio"), reason);
    }
    if (warmupRatio != null && check.isSet("warmup_steps")) {
      check.fault("warmup_ratio", "cannot be set together with warmup_steps: keep one of them");
    }
    List<String> faults = new ScheduleArguments(lrSchedulerKwargs).faults(lrSchedulerType);
    if (!faults.isEmpty()) {
      check.fault("lr_scheduler_kwargs", String.join("; ", faults));
    }
  }

  /** Reports what does not go together with the learning rate. */
  public void check(Check check, double learningRate) {
    ScheduleArguments arguments = new ScheduleArguments(lrSchedulerKwargs);
    if (!arguments.faults(lrSchedulerType).isEmpty()) {
      return;
    }
    double least = arguments.number("min_lr", 0);
    if (least > learningRate && !lrSchedulerType.followsMetric()) {
      check.fault(
          "lr_scheduler_kwargs",
          "min_lr must be at most learning_rate " + learningRate + " but was " + least);
    }
    double last = arguments.number("lr_end", 1e-7);
    if (lrSchedulerType == LrSchedulerType.POLYNOMIAL && last >= learningRate) {
      check.fault(
          "lr_scheduler_kwargs",
          "lr_end must be less than learning_rate %s for lr_scheduler_type polynomial but was %s"
              .formatted(learningRate, last));
    }
  }
}
