/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

import dev.dpo4j.dist.Collectives;
import dev.dpo4j.io.ProcessMemory;
import dev.dpo4j.metrics.JsonlSink;
import dev.dpo4j.metrics.MetricAccumulator;
import dev.dpo4j.metrics.MetricSink;
import dev.dpo4j.metrics.SpeedMetrics;
import dev.dpo4j.optim.Optimizer;
import dev.dpo4j.optim.schedule.LrSchedule;
import dev.dpo4j.optim.schedule.MetricSchedule;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * The training loop: batch, gradient, clip, update, log.
 *
 * <p>What is trained is the {@link TrainTask}'s business, the order of the rows the {@link
 * StepPlan}'s; this class only decides when what happens.
 */
public final class TrainLoop {
  private static final String EVAL_LOSS = "eval_loss";

  private final TrainTask task;
  private final Optimizer optimizer;
  private final LrSchedule schedule;
  private final StepPlan plan;
  private final LoopSettings settings;
  private final List<MetricSink> sinks;
  private final TrainListener listener;
  private final BooleanSupplier stopRequested;

  private final MetricAccumulator metrics = new MetricAccumulator();
  private final List<TrainResult.LogLine> log = new ArrayList<>();
  private CheckpointKeeper keeper = CheckpointKeeper.NONE;
  private Collectives ranks = Collectives.single();
  private @Nullable EarlyStopping early;
  private long done;
  private long tokens;
  private double lossSum;
  private double learningRate;

  /** Makes a loop; nothing is computed before {@link #run}. */
  public TrainLoop(
      TrainTask task,
      Optimizer optimizer,
      LrSchedule schedule,
      StepPlan plan,
      LoopSettings settings,
      List<MetricSink> sinks,
      TrainListener listener,
      BooleanSupplier stopRequested) {
    this.task = task;
    this.optimizer = optimizer;
    this.schedule = schedule;
    this.plan = plan;
    this.settings = settings;
    this.sinks = List.copyOf(sinks);
    this.listener = listener;
    this.stopRequested = stopRequested;
  }

  /** Lets a keeper see the state of the loop after every step. */
  public TrainLoop keptBy(CheckpointKeeper newKeeper) {
    keeper = newKeeper;
    return this;
  }

  /** Adds the gradients of several processes, of which the task computes a share in each. */
  public TrainLoop sharedBy(Collectives newRanks) {
    ranks = newRanks;
    return this;
  }

  /** Lets the run end where its evaluation does not improve. */
  public TrainLoop endedBy(@Nullable EarlyStopping newEarly) {
    early = newEarly;
    return this;
  }

  /**
   * Goes on after the step of a state; the weights, the optimizer and the task are there already.
   *
   * @param earlier a file of metrics with the lines of the log so far
   */
  public TrainLoop resume(LoopState state, Path earlier) {
    done = state.step();
    tokens = state.tokens();
    lossSum = state.lossSum();
    learningRate = state.learningRate();
    metrics.restore(state.gathered());
    JsonlSink.replay(
        earlier,
        (step, epoch, values) -> {
          log.add(new TrainResult.LogLine(step, epoch, values));
          sinks.forEach(sink -> sink.log(step, epoch, values));
          if (schedule instanceof MetricSchedule rate
              && step > 0
              && values.containsKey(rate.metric())) {
            rate.evaluated(values);
          }
          if (early != null && step > 0 && values.containsKey(EVAL_LOSS)) {
            early.evaluated(values);
          }
        });
    return this;
  }

  /**
   * Trains to the end, or until a stop is requested: then the step at hand is the last one.
   *
   * @throws NonFiniteException if loss or gradient is no finite number; the weights are those of
   *     the step before
   */
  public TrainResult run() {
    long start = System.nanoTime();
    long before = done;
    boolean evaluated = evaluateBefore();
    while (evaluated && done < plan.maxSteps() && !endsEarly() && !stopRequested.getAsBoolean()) {
      OptimizerStep step = plan.step(done + 1);
      StepReport report = train(step);
      done++;
      listener.onStep(report);
      if (settings.isLogged(step, plan)) {
        publish(done, step.epoch(), line(report));
      }
      evaluated = evaluateAfter(step);
    }
    boolean ended = evaluated && done < plan.maxSteps() && endsEarly();
    boolean whole = evaluated && (done == plan.maxSteps() || ended);
    if (done > 0 && (!whole || ended)) {
      keeper.onStop(state(plan.step(done)));
    }
    EarlyStopping reason = early;
    if (ended && reason != null) {
      listener.onWarning("early_stopping", reason.reason(done, plan.maxSteps()));
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    return new TrainResult(
        done,
        !whole,
        done == 0 ? 0 : lossSum / done,
        seconds,
        done - before,
        flos(),
        ProcessMemory.peakBytes(),
        log);
  }

  private boolean endsEarly() {
    EarlyStopping watching = early;
    return watching != null && watching.isReached();
  }

  /** The evaluation before the first step, or the one in which the run was stopped. */
  private boolean evaluateBefore() {
    if (done == 0) {
      return !settings.evalOnStart() || evaluateAndPublish(0, 0) != null;
    }
    OptimizerStep last = plan.step(done);
    boolean missing =
        settings.isEvaluated(last, plan)
            && log.stream().noneMatch(line -> line.step() == done && isEvaluation(line));
    return !missing || evaluateAfter(last);
  }

  private static boolean isEvaluation(TrainResult.LogLine line) {
    return line.metrics().containsKey(EVAL_LOSS);
  }

  /**
   * Evaluates where it is due and lets the keeper see the step; false where a stop came between.
   */
  private boolean evaluateAfter(OptimizerStep step) {
    Map<String, Double> evaluation = Map.of();
    if (settings.isEvaluated(step, plan)) {
      @Nullable Map<String, Double> found = evaluateAndPublish(done, step.epoch());
      if (found == null) {
        return false;
      }
      evaluation = found;
      if (schedule instanceof MetricSchedule rate && !found.isEmpty()) {
        rate.evaluated(found);
      }
      EarlyStopping watching = early;
      if (watching != null && !found.isEmpty()) {
        watching.evaluated(found);
      }
    }
    keeper.afterStep(state(step), evaluation);
    return true;
  }

  /** Returns what was found, empty where nothing is held out, null where a stop came between. */
  private @Nullable Map<String, Double> evaluateAndPublish(long step, double epoch) {
    try {
      Map<String, Double> found = evaluation();
      publish(step, epoch, found);
      return found;
    } catch (StoppedException e) {
      return null;
    }
  }

  private LoopState state(OptimizerStep step) {
    return new LoopState(step.step(), step.epoch(), tokens, lossSum, learningRate, metrics.state());
  }

  /** Of all steps so far, also those before a resumption. */
  private double flos() {
    return LongStream.rangeClosed(1, done).mapToObj(plan::step).mapToDouble(task::flos).sum();
  }

  /** Optimizer steps done so far, those before a resumption included. */
  public long stepsDone() {
    return done;
  }

  private StepReport train(OptimizerStep step) {
    long start = System.nanoTime();
    MetricAccumulator ofStep = new MetricAccumulator();
    learningRate = schedule.lr(step.step() - 1);
    task.updatedBy(updatesWithin(step));
    task.step(
        step,
        (lossShare, values) -> {
          metrics.addMicroBatch(lossShare, values);
          ofStep.addMicroBatch(lossShare, values);
        });
    metrics.endStep();
    ofStep.endStep();
    double loss = ofStep.lossSum();
    double gradNorm = update(step);
    task.afterStep(step.step());

    lossSum += loss;
    long stepTokens = stepTokens(step);
    tokens += stepTokens;
    return new StepReport(
        step.step(),
        plan.maxSteps(),
        step.epoch(),
        step.rows(),
        stepTokens,
        task.flos(step),
        (System.nanoTime() - start) / 1e9,
        ofStep.drain(gradNorm, learningRate, tokens));
  }

  /** Updates the weights and returns the norm of the gradient. */
  private double update(OptimizerStep step) {
    optimizer.sumGradients(ranks);
    double gradNorm = optimizer.gradNorm();
    IntStream rows = step.microBatches().stream().flatMapToInt(Arrays::stream);
    NonFiniteException.check("The norm of the gradient", gradNorm, step, rows, task);
    if (settings.maxGradNorm() > 0) {
      optimizer.clip(gradNorm, settings.maxGradNorm());
    }
    optimizer.step(learningRate);
    return gradNorm;
  }

  private TrainTask.WeightUpdates updatesWithin(OptimizerStep step) {
    return new TrainTask.WeightUpdates() {
      @Override
      public double learningRate() {
        return learningRate;
      }

      @Override
      public void update() {
        TrainLoop.this.update(step);
      }
    };
  }

  private Map<String, Double> evaluation() {
    long start = System.nanoTime();
    int[] batches = {0};
    Map<String, Double> values =
        task.evaluate(
            () -> {
              listener.onEvaluation(Math.min(batches[0]++, task.evalBatches()), task.evalBatches());
              return stopRequested.getAsBoolean();
            });
    if (values.isEmpty()) {
      return values;
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    Map<String, Double> line = new LinkedHashMap<>(values);
    line.put("eval_num_tokens", (double) tokens);
    line.putAll(SpeedMetrics.of("eval", seconds, task.evalRows(), task.evalBatches()));
    return line;
  }

  private Map<String, Double> line(StepReport report) {
    return metrics.drain(report.metrics().get("grad_norm"), learningRate, tokens);
  }

  private void publish(long step, double epoch, Map<String, Double> values) {
    if (values.isEmpty()) {
      return;
    }
    log.add(new TrainResult.LogLine(step, epoch, values));
    for (MetricSink sink : sinks) {
      sink.log(step, epoch, values);
    }
    listener.onLog(step, epoch, values);
  }

  private long stepTokens(OptimizerStep step) {
    return step.microBatches().stream().flatMapToInt(Arrays::stream).mapToLong(task::tokens).sum();
  }
}
