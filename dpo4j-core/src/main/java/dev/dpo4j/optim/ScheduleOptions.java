/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** How the learning rate goes over the run. */
public record ScheduleOptions(
    @Option(
            defaultValue = "linear",
            help = "Shape of the learning rate over the run.",
            difference = "transformers' other schedules are refused.")
        LrSchedulerType lrSchedulerType,
    @Option(
            defaultValue = "{}",
            help = "num_cycles for the cosines; min_lr or min_lr_rate for cosine_with_min_lr.")
        Map<String, Double> lrSchedulerKwargs,
    @Option(
            defaultValue = "0.0",
            range = "[0,inf)",
            help = "Steps of linear rise from 0; below 1 it is the share of all steps, rounded up.",
            difference = "Refused with the constant schedule, where transformers ignores it.")
        double warmupSteps,
    @Option(
            range = "[0,1)",
            help = "Share of all steps that rises from 0; the older spelling of warmup_steps < 1.",
            difference = "transformers 5 has dropped this key.")
        @Nullable Double warmupRatio)
    implements Checked {

  private static final Set<String> MIN_KEYS = Set.of("min_lr", "min_lr_rate");

  /** Returns the schedule of a run of {@code trainingSteps} optimizer steps. */
  public LrSchedule schedule(double learningRate, long trainingSteps) {
    double warmup = warmupRatio == null ? warmupSteps : warmupRatio;
    @Nullable Double minLr = lrSchedulerKwargs.get("min_lr");
    double minLrRate =
        minLr == null ? lrSchedulerKwargs.getOrDefault("min_lr_rate", 0.0) : minLr / learningRate;
    return new LrSchedule(
        lrSchedulerType,
        learningRate,
        LrSchedule.warmupSteps(warmup, trainingSteps),
        trainingSteps,
        lrSchedulerKwargs.getOrDefault("num_cycles", LrSchedule.HALF_WAVE),
        minLrRate);
  }

  @Override
  public void check(Check check) {
    if (lrSchedulerType == LrSchedulerType.CONSTANT) {
      String reason = "with lr_scheduler_type constant (constant_with_warmup warms up)";
      check.idle(Set.of("warmup_steps", "warmup_ratio"), reason);
    }
    if (warmupRatio != null && check.isSet("warmup_steps")) {
      check.fault("warmup_ratio", "cannot be set together with warmup_steps: keep one of them");
    }
    checkKwargs(check);
  }

  private void checkKwargs(Check check) {
    boolean min = lrSchedulerType == LrSchedulerType.COSINE_WITH_MIN_LR;
    Set<String> allowed = new TreeSet<>(min ? MIN_KEYS : Set.of());
    if (min || lrSchedulerType == LrSchedulerType.COSINE) {
      allowed.add("num_cycles");
    }
    for (Map.Entry<String, Double> entry : lrSchedulerKwargs.entrySet()) {
      if (!allowed.contains(entry.getKey())) {
        check.fault(
            "lr_scheduler_kwargs",
            entry.getKey()
                + " has no effect with lr_scheduler_type "
                + lrSchedulerType.configName()
                + (allowed.isEmpty() ? ", which takes none" : ", which takes " + allowed));
      } else if (entry.getValue() < 0) {
        check.fault(
            "lr_scheduler_kwargs", entry.getKey() + " must be >= 0 but was " + entry.getValue());
      }
    }
    if (min && lrSchedulerKwargs.keySet().stream().filter(MIN_KEYS::contains).count() != 1) {
      check.fault(
          "lr_scheduler_kwargs",
          "must hold either min_lr or min_lr_rate for lr_scheduler_type cosine_with_min_lr, such"
              + " as {\"min_lr_rate\": 0.1}");
    }
  }
}
