/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.config.OptionValues;
import dev.dpo4j.metrics.JsonlSink;
import dev.dpo4j.metrics.MetricSink;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.optim.Optimizer;
import dev.dpo4j.optim.OptimizerName;
import dev.dpo4j.optim.OptimizerOptions;
import dev.dpo4j.optim.ParameterRates;
import dev.dpo4j.train.options.Interval;
import dev.dpo4j.train.options.SamplingStrategy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The loop on one weight w that is drawn to the numbers of its rows: (w - row)^2 / 2. */
class TrainLoopTest {
  /** The weight is a float32. */
  private static final double FLOAT = 1e-6;

  private static final double RATE = 0.5;
  private static final double[] ROWS = {1, 3, 5, 7};

  @TempDir private Path folder;

  private final ParameterStore store = new ParameterStore.Layout().weight("w", 1).allocate();
  private final Optimizer optimizer = sgd(store);
  private final ToyTask task = new ToyTask();
  private final List<TrainResult.LogLine> logged = new ArrayList<>();
  private final List<LoopState> kept = new ArrayList<>();
  private boolean stop;

  @BeforeEach
  void begin() {
    store.values().zero_();
    store.grads().zero_();
  }

  @AfterEach
  void free() {
    optimizer.close();
    store.close();
  }

  private static Optimizer sgd(ParameterStore store) {
    OptionValues<OptimizerOptions> options = OptionValues.of(OptimizerOptions.class);
    options.set("optim", OptimizerName.SGD);
    return options.build("the test").create(store, ParameterRates.SAME);
  }

  /** Draws the weight to the mean of the rows of a step. */
  private final class ToyTask implements TrainTask {
    private double poison;
    private final List<Long> steps = new ArrayList<>();

    @Override
    public void step(OptimizerStep step, MicroBatchLog log) {
      double w = weight();
      for (int[] batch : step.microBatches()) {
        double gradient = Arrays.stream(batch).mapToDouble(row -> w - ROWS[row]).sum();
        double loss = Arrays.stream(batch).mapToDouble(row -> square(w - ROWS[row]) / 2).sum();
        store.grads().fill_(gradient / step.rows() + poison + store.grads().toFloats()[0]);
        log.add(loss / step.rows(), Map.of("distance", loss));
      }
    }

    @Override
    public void afterStep(long step) {
      steps.add(step);
    }

    @Override
    public long tokens(int row) {
      return row + 1;
    }

    @Override
    public int sourceRow(int row) {
      return 100 + row;
    }

    @Override
    public double flos(int[] microBatch) {
      return 10.0 * microBatch.length;
    }

    @Override
    public Map<String, Double> evaluate(BooleanSupplier stopRequested) {
      stopRequested.getAsBoolean();
      return Map.of("eval_loss", square(weight() - 4) / 2);
    }

    @Override
    public int evalRows() {
      return 1;
    }

    @Override
    public int evalBatches() {
      return 1;
    }
  }

  private static double square(double x) {
    return x * x;
  }

  private double weight() {
    return store.values().toFloats()[0];
  }

  private static StepPlan plan(int batch, int accumulation, double epochs) {
    return new StepPlan(
        ROWS.length, batch, accumulation, SamplingStrategy.SEQUENTIAL, 1, false, epochs, -1);
  }

  private static LoopSettings settings(double maxNorm, Interval evaluation) {
    return new LoopSettings(maxNorm, Interval.STEPS, 2, false, evaluation, 1, false, 0);
  }

  private TrainLoop loop(StepPlan plan, LoopSettings settings) {
    MetricSink sink =
        (step, epoch, values) -> logged.add(new TrainResult.LogLine(step, epoch, values));
    return new TrainLoop(
        task,
        optimizer,
        step -> RATE,
        plan,
        settings,
        List.of(sink),
        TrainListener.NONE,
        () -> stop);
  }

  @Test
  void eachStepMovesTheWeightByRateTimesMeanGradient() {
    TrainResult result = loop(plan(2, 1, 1), settings(0, Interval.NO)).run();
    // 0 -> 0 + (2 - 0)/2 = 1 -> 1 + (6 - 1)/2 = 3.5
    assertThat(weight()).isCloseTo(3.5, within(FLOAT));
    assertThat(result.steps()).isEqualTo(2);
    assertThat(result.stopped()).isFalse();
    // (1 + 9)/4 and (16 + 36)/4
    assertThat(result.trainLoss()).isCloseTo((2.5 + 13) / 2, within(FLOAT));
    assertThat(task.steps).containsExactly(1L, 2L);
    assertThat(result.totalFlos()).isEqualTo(40);
  }

  @Test
  void accumulationChangesNothingButTheNumberOfPasses() {
    loop(plan(1, 2, 1), settings(0, Interval.NO)).run();
    assertThat(weight()).isCloseTo(3.5, within(FLOAT));
  }

  @Test
  void aLargeGradientIsScaledDownAndItsNormLogged() {
    loop(plan(2, 1, 1), settings(1, Interval.NO)).run();
    // Both gradients are longer than 1, so that both steps are RATE long.
    assertThat(weight())
        .isCloseTo(2 * RATE, within(1e-5)); // torch's clipping divides by norm + 1e-6
    assertThat(logged).hasSize(1);
    assertThat(logged.get(0).metrics().get("grad_norm")).isCloseTo(5.5, within(1e-5));
  }

  @Test
  void aLineOfTheLogHoldsTheMeanSinceTheLineBefore() {
    loop(plan(2, 1, 2), settings(0, Interval.NO)).run();
    assertThat(logged).extracting(TrainResult.LogLine::step).containsExactly(2L, 4L);
    Map<String, Double> first = logged.get(0).metrics();
    assertThat(first.get("loss")).isCloseTo((2.5 + 13) / 2, within(1e-4)); // rounded for the log
    assertThat(first).containsEntry("learning_rate", RATE).containsEntry("num_tokens", 10.0);
    assertThat(logged.get(0).epoch()).isEqualTo(1);
  }

  @Test
  void theHeldOutRowsAreEvaluatedWhenTheyAreDueAndTheKeeperSeesIt() {
    List<Map<String, Double>> seen = new ArrayList<>();
    loop(plan(2, 1, 1), settings(0, Interval.STEPS))
        .keptBy((state, evaluation) -> seen.add(evaluation))
        .run();
    assertThat(seen).hasSize(2);
    assertThat(seen.get(0).get("eval_loss")).isCloseTo(4.5, within(FLOAT));
    assertThat(seen.get(1).get("eval_loss")).isCloseTo(0.125, within(FLOAT));
    assertThat(logged).filteredOn(line -> line.metrics().containsKey("eval_loss")).hasSize(2);
  }

  @Test
  void aRunThatIsStoppedAndResumedEndsWhereTheUnbrokenOneEnds() throws IOException {
    loop(plan(2, 1, 2), settings(0, Interval.NO)).run();
    double unbroken = weight();
    List<TrainResult.LogLine> lines = List.copyOf(logged);
    store.values().zero_();
    logged.clear();

    Path file = folder.resolve("metrics.jsonl");
    try (JsonlSink sink = new JsonlSink(file)) {
      TrainLoop first =
          new TrainLoop(
                  task,
                  optimizer,
                  step -> RATE,
                  plan(2, 1, 2),
                  settings(0, Interval.NO),
                  List.of(sink),
                  TrainListener.NONE,
                  () -> optimizer.steps() % 4 == 3)
              .keptBy(
                  new CheckpointKeeper() {
                    @Override
                    public void afterStep(LoopState state, Map<String, Double> evaluation) {}

                    @Override
                    public void onStop(LoopState state) {
                      kept.add(state);
                    }
                  });
      assertThat(first.run().stopped()).isTrue();
    }
    assertThat(kept).hasSize(1);
    TrainResult rest =
        loop(plan(2, 1, 2), settings(0, Interval.NO)).resume(kept.get(0), file).run();
    assertThat(weight()).isEqualTo(unbroken);
    assertThat(rest.steps()).isEqualTo(4);
    assertThat(rest.log()).isEqualTo(lines);
  }

  @Test
  void aGradientThatIsNotFiniteEndsTheRunBeforeTheWeightsChange() {
    task.poison = Double.NaN;
    assertThatExceptionOfType(NonFiniteException.class)
        .isThrownBy(() -> loop(plan(2, 1, 1), settings(0, Interval.NO)).run())
        .withMessageContaining("step 1")
        .withMessageContaining("[100, 101]");
    assertThat(weight()).isZero();
  }

  @Test
  void anEvaluationThatDoesNotImproveEndsTheRun() {
    // The weight swings around the mean from the second epoch on.
    TrainResult result =
        loop(plan(2, 1, 50), settings(0, Interval.STEPS))
            .endedBy(new EarlyStopping("eval_loss", false, 3, 0))
            .run();
    assertThat(result.steps()).isLessThan(10);
    assertThat(result.stopped()).isFalse();
  }

  @Test
  void aStopBeforeTheFirstStepTrainsNothing() {
    stop = true;
    TrainResult result = loop(plan(2, 1, 1), settings(0, Interval.NO)).run();
    assertThat(result.steps()).isZero();
    assertThat(result.stopped()).isTrue();
    assertThat(weight()).isZero();
  }
}
