/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.loss.FDivergence;
import dev.dpo4j.loss.LossOption;
import dev.dpo4j.loss.PairBatch;
import dev.dpo4j.loss.PairLogps;
import dev.dpo4j.loss.RowColumns;
import dev.dpo4j.nn.TokenStats;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Checks the gradient of every loss against finite differences in float64. */
class LossGradientTest {
  private static final int PAIRS = 5;
  private static final double STEP = 1e-5;

  private static PairBatch random(Random random, boolean columns) {
    double[] chosen = new double[PAIRS];
    double[] rejected = new double[PAIRS];
    double[] referenceChosen = new double[PAIRS];
    double[] referenceRejected = new double[PAIRS];
    int[] chosenLengths = new int[PAIRS];
    int[] rejectedLengths = new int[PAIRS];
    double[] weight = new double[PAIRS];
    double[] margin = new double[PAIRS];
    double[] pChosen = new double[PAIRS];
    double[] wpo = new double[PAIRS];
    for (int i = 0; i < PAIRS; i++) {
      chosenLengths[i] = 1 + random.nextInt(9);
      rejectedLengths[i] = 1 + random.nextInt(9);
      chosen[i] = -chosenLengths[i] * (0.1 + 3 * random.nextDouble());
      rejected[i] = -rejectedLengths[i] * (0.1 + 3 * random.nextDouble());
      referenceChosen[i] = chosen[i] + 4 * random.nextGaussian();
      referenceRejected[i] = rejected[i] + 4 * random.nextGaussian();
      weight[i] = 0.2 + random.nextDouble();
      margin[i] = random.nextGaussian();
      pChosen[i] = random.nextDouble();
      wpo[i] = 0.5 + random.nextDouble();
    }
    PairLogps logps =
        new PairLogps(
            chosen, rejected, referenceChosen, referenceRejected, chosenLengths, rejectedLengths);
    return new PairBatch(
        logps,
        chosen.clone(),
        chosenLengths,
        rejectedLengths,
        columns ? wpo : null,
        columns ? new RowColumns(weight, margin, pChosen) : RowColumns.NONE);
  }

  private static List<String> settings() {
    List<String> settings = new ArrayList<>();
    for (LossType type : LossType.values()) {
      String smoothing = type.uses(LossOption.LABEL_SMOOTHING) ? "\nlabel_smoothing: 0.1" : "";
      for (double beta : new double[] {0.1, 0.7}) {
        String base = "loss_type: " + type.configName() + smoothing;
        settings.add(type == LossType.SFT ? base : base + "\nbeta: " + beta);
      }
      if (type.uses(LossOption.F_DIVERGENCE_TYPE)) {
        for (FDivergence.Type divergence : FDivergence.Type.values()) {
          settings.add(
              "loss_type: "
                  + type.configName()
                  + smoothing
                  + "\nf_divergence_type: "
                  + divergence.configName());
        }
      }
    }
    settings.add("loss_type: [sigmoid, bco_pair, sft]\nloss_weights: [0.8, 0.2, 1.0]");
    settings.add("loss_type: rpo\nrpo_normalization: sequence_mean\nrpo_alpha: 0.3");
    settings.add("loss_type: rpo\nrpo_normalization: sum\nrpo_alpha: 0.02");
    settings.add("loss_type: dpop\ndpop_lambda: 3");
    return settings;
  }

  @TestFactory
  List<DynamicTest> everyGradientEqualsFiniteDifferences() {
    return settings().stream()
        .map(
            setting ->
                DynamicTest.dynamicTest(setting.replace('\n', ' '), () -> check(setting, false)))
        .toList();
  }

  @TestFactory
  List<DynamicTest> everyGradientWithWeightsMarginsAndSoftLabelsEqualsFiniteDifferences() {
    return settings().stream()
        .filter(setting -> !setting.contains("aot") && !setting.contains("kto_pair"))
        .map(
            setting ->
                DynamicTest.dynamicTest(setting.replace('\n', ' '), () -> check(setting, true)))
        .toList();
  }

  private static void check(String setting, boolean columns) {
    Objective objective = Objective.of(LossOptions.of(setting));
    Random random = new Random(setting.hashCode());
    for (int round = 0; round < 20; round++) {
      PairBatch batch = random(random, columns);
      StepTotals totals = StepTotals.of(batch);
      StepResult result = objective.apply(batch, totals);
      for (int i = 0; i < PAIRS; i++) {
        compare(objective, batch, totals, batch.logps().policyChosen(), i, result.dChosen()[i]);
        compare(objective, batch, totals, batch.logps().policyRejected(), i, result.dRejected()[i]);
        compare(objective, batch, totals, batch.chosenSums(), i, result.dChosenSum()[i]);
      }
    }
  }

  private static void compare(
      Objective objective,
      PairBatch batch,
      StepTotals totals,
      double[] variable,
      int i,
      double derivative) {
    double at = variable[i];
    variable[i] = at + STEP;
    double above = objective.apply(batch, totals).loss();
    variable[i] = at - STEP;
    double below = objective.apply(batch, totals).loss();
    variable[i] = at;
    if (!Double.isFinite(above) || !Double.isFinite(below)) {
      return; // An exponential of an exponential: discopop under a divergence far from zero.
    }
    double slope = (above - below) / (2 * STEP);
    double loss = Math.abs(above) + Math.abs(below);
    // Rounding of the loss divided by the step, and the third derivative of the steepest loss.
    assertThat(derivative).isCloseTo(slope, within(1e-6 * Math.abs(slope) + 1e-7 + 1e-10 * loss));
  }

  @Test
  void theGradientOfATokenIsThatOfItsAnswerTimesItsWeight() {
    Objective objective = Objective.of(LossOptions.of("loss_type: [sigmoid, sft]\nld_alpha: 0.25"));
    TokenStats longer = stats(-1, -2, -3, -4);
    TokenStats shorter = stats(-5, -1);
    PairBatch batch =
        objective.batch(
            List.of(longer),
            List.of(shorter),
            new double[] {-4},
            new double[] {-6},
            new int[] {4},
            new int[] {2},
            RowColumns.NONE);
    assertThat(batch.logps().policyChosen()[0]).isEqualTo(-3 - 7 * 0.25);
    assertThat(batch.chosenSums()[0]).isEqualTo(-10);
    StepResult result = objective.apply(batch, StepTotals.of(batch));
    double z = 0.1 * ((-4.75 + 4) - (-6 + 6));
    double pull = -0.1 / (1 + Math.exp(z));
    float full = (float) (pull - 0.25);
    float quarter = (float) (pull * 0.25 - 0.25);
    assertThat(objective.chosenTokenGradient(batch, result, 0))
        .containsExactly(new float[] {full, full, quarter, quarter}, within(1e-7f));
    assertThat(objective.rejectedTokenGradient(batch, result, 0))
        .containsExactly(new float[] {(float) -pull, (float) -pull}, within(1e-7f));
    assertThat(result.loss()).isCloseTo(Math.log1p(Math.exp(-z)) + 2.5, within(1e-12));
  }

  private static TokenStats stats(float... logps) {
    float[] squares = new float[logps.length];
    Arrays.fill(squares, -1);
    return new TokenStats(
        logps,
        new float[logps.length],
        new float[logps.length],
        new boolean[logps.length],
        squares);
  }
}
