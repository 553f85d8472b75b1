/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim.schedule;

/**
 * The learning rate as a function of the step.
 *
 * @param type the shape; none that follows a metric
 * @param learningRate the rate at the end of the warm-up, greater than or equal to 0
 * @param warmupSteps steps of rise from zero; the first step then trains with rate zero
 * @param trainingSteps optimizer steps of the whole run
 * @param arguments what {@code lr_scheduler_kwargs} says of the shape
 */
public record SteppedSchedule(
    LrSchedulerType type,
    double learningRate,
    long warmupSteps,
    long trainingSteps,
    ScheduleArguments arguments)
    implements LrSchedule {

  /** Half a wave: the cosine falls once, from the top to the bottom. */
  private static final double HALF_WAVE = 0.5;

  private static final double DEFAULT_LR_END = 1e-7;
  private static final double DEFAULT_TIMESCALE = 10_000;

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if a number of steps or the rate is negative
   */
  public SteppedSchedule {
    if (!(learningRate >= 0)) {
      throw new IllegalArgumentException("learning_rate must be 0 or more, but is " + learningRate);
    }
    if (warmupSteps < 0 || trainingSteps < 0) {
      throw new IllegalArgumentException(
          "Steps must be 0 or more, but warm-up has "
              + warmupSteps
              + " and the run "
              + trainingSteps);
    }
    if (type.followsMetric()) {
      throw new IllegalArgumentException(type.configName() + " is no function of the step");
    }
  }

  /** A schedule with the defaults of its type. */
  public static SteppedSchedule of(
      LrSchedulerType type, double learningRate, long warmupSteps, long trainingSteps) {
    return new SteppedSchedule(
        type, learningRate, warmupSteps, trainingSteps, ScheduleArguments.NONE);
  }

  @Override
  public double lr(long step) {
    return learningRate * factor(step);
  }

  private double factor(long step) {
    if (type == LrSchedulerType.CONSTANT) {
      return 1;
    }
    if (step < warmupSteps) {
      return rise(step);
    }
    return switch (type) {
      case LINEAR -> Math.max(0, (double) (trainingSteps - step) / stepsAfterWarmup());
      case COSINE -> Math.max(0, wave(progress(step)));
      case COSINE_WITH_MIN_LR -> Math.max(0, above(minLrRate(), wave(progress(step))));
      case COSINE_WARMUP_WITH_MIN_LR -> Math.max(0, above(minLrRate(), wave(progress(step + 1))));
      case COSINE_WITH_RESTARTS -> restarting(progress(step));
      case POLYNOMIAL -> polynomial(step);
      case INVERSE_SQRT -> inverseRoot(step);
      case WARMUP_STABLE_DECAY -> stableThenDecay(step);
      default -> 1;
    };
  }

  private double stepsAfterWarmup() {
    return Math.max(1, trainingSteps - warmupSteps);
  }

  private double progress(long step) {
    return (step - warmupSteps) / stepsAfterWarmup();
  }

  private double rise(long step) {
    double share = (double) step / Math.max(1, warmupSteps);
    if (type == LrSchedulerType.COSINE_WARMUP_WITH_MIN_LR) {
      double start = arguments.number("warmup_lr_rate", Double.NaN);
      return Double.isNaN(start)
          ? (step + 1.0) / Math.max(1, warmupSteps)
          : start + (1 - start) * step / Math.max(1, warmupSteps - 1);
    } else if (type == LrSchedulerType.WARMUP_STABLE_DECAY) {
      double shaped =
          switch (arguments.text("warmup_type", "linear")) {
            case "cosine" -> 0.5 * (1 - Math.cos(Math.PI * share));
            case "1-sqrt" -> 1 - Math.sqrt(1 - share);
            default -> share;
          };
      return Math.max(0, above(minLrRatio(), shaped));
    }
    return share;
  }

  private double wave(double progress) {
    double cycles = arguments.number("num_cycles", HALF_WAVE);
    return 0.5 * (1 + Math.cos(Math.PI * cycles * 2 * progress));
  }

  private static double above(double least, double factor) {
    return factor * (1 - least) + least;
  }

  private double minLrRate() {
    double minLr = arguments.number("min_lr", Double.NaN);
    return Double.isNaN(minLr) ? arguments.number("min_lr_rate", 0) : minLr / learningRate;
  }

  private double restarting(double progress) {
    double cycles = arguments.number("num_cycles", 1);
    return progress >= 1
        ? 0
        : Math.max(0, 0.5 * (1 + Math.cos(Math.PI * (cycles * progress % 1.0))));
  }

  private double polynomial(long step) {
    double last = arguments.number("lr_end", DEFAULT_LR_END);
    if (step > trainingSteps || trainingSteps == warmupSteps) {
      return last / learningRate;
    }
    double left = 1 - (double) (step - warmupSteps) / (trainingSteps - warmupSteps);
    double rate = (learningRate - last) * Math.pow(left, arguments.number("power", 1)) + last;
    return rate / learningRate;
  }

  private double inverseRoot(long step) {
    double usual = warmupSteps > 0 ? warmupSteps : DEFAULT_TIMESCALE;
    double scale = arguments.number("timescale", usual);
    return 1 / Math.sqrt((step + scale - warmupSteps) / scale);
  }

  private double minLrRatio() {
    return arguments.number("min_lr_ratio", 0);
  }

  private double stableThenDecay(long step) {
    double decaySteps = arguments.number("num_decay_steps", 0);
    double stable = arguments.number("num_stable_steps", trainingSteps - warmupSteps - decaySteps);
    if (step < warmupSteps + stable) {
      return 1;
    } else if (step >= warmupSteps + stable + decaySteps) {
      return minLrRatio();
    }
    double progress = (step - warmupSteps - stable) / Math.max(1, decaySteps);
    double shaped =
        switch (arguments.text("decay_type", "cosine")) {
          case "linear" -> 1 - progress;
          case "1-sqrt" -> 1 - Math.sqrt(progress);
          default -> wave(progress);
        };
    return Math.max(0, above(minLrRatio(), shaped));
  }
}
