/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.loss.LossOption;
import dev.dpo4j.loss.PairBatch;
import dev.dpo4j.loss.PairLogps;
import dev.dpo4j.loss.PairLoss;
import dev.dpo4j.loss.RowColumns;
import dev.dpo4j.loss.pair.SigmoidLoss;
import dev.dpo4j.nn.TokenStats;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ObjectiveTest {

  private static PairBatch random(int seed, int pairs, RowColumns columns) {
    Random random = new Random(seed);
    int[] chosenLengths = random.ints(pairs, 1, 9).toArray();
    int[] rejectedLengths = random.ints(pairs, 1, 9).toArray();
    PairLogps logps =
        new PairLogps(
            random.doubles(pairs, -30, -1).toArray(),
            random.doubles(pairs, -30, -1).toArray(),
            random.doubles(pairs, -30, -1).toArray(),
            random.doubles(pairs, -30, -1).toArray(),
            chosenLengths,
            rejectedLengths);
    return PairBatch.of(logps, columns);
  }

  private static PairBatch rows(PairBatch batch, RowColumns columns, int... rows) {
    PairLogps all = batch.logps();
    return PairBatch.of(
        new PairLogps(
            pick(all.policyChosen(), rows),
            pick(all.policyRejected(), rows),
            pick(all.referenceChosen(), rows),
            pick(all.referenceRejected(), rows),
            Arrays.stream(rows).map(i -> all.chosenLengths()[i]).toArray(),
            Arrays.stream(rows).map(i -> all.rejectedLengths()[i]).toArray()),
        columns);
  }

  private static double[] pick(double[] values, int... rows) {
    return Arrays.stream(rows).mapToDouble(i -> values[i]).toArray();
  }

  private static StepTotals totals(List<PairBatch> batches) {
    return StepTotals.of(
        batches.stream()
            .map(b -> new StepTotals.MicroBatch(b.chosenTokens(), b.columns().weight()))
            .toList());
  }

  private static List<StepResult> step(Objective objective, List<PairBatch> batches) {
    if (objective.couplesBatch()) {
      return objective.applyStep(batches);
    }
    StepTotals totals = totals(batches);
    return batches.stream().map(batch -> objective.apply(batch, totals)).toList();
  }

  private static List<Objective> objectives() {
    List<Objective> objectives = new ArrayList<>();
    for (LossType type : LossType.values()) {
      String smoothing = type.uses(LossOption.LABEL_SMOOTHING) ? "\nlabel_smoothing: 0.1" : "";
      objectives.add(Objective.of(LossOptions.of("loss_type: " + type.configName() + smoothing)));
    }
    objectives.add(Objective.of(LossOptions.of("loss_type: [sigmoid, aot, sft]")));
    return objectives;
  }

  @Test
  void fourTimesTwoEqualsEightTimesOneForEveryLoss() {
    PairBatch whole = random(1, 8, RowColumns.NONE);
    List<PairBatch> parts = new ArrayList<>();
    for (int i = 0; i < 8; i += 2) {
      parts.add(rows(whole, RowColumns.NONE, i, i + 1));
    }
    for (Objective objective : objectives()) {
      StepResult once = objective.apply(whole, StepTotals.of(whole));
      List<StepResult> accumulated = step(objective, parts);
      double loss = accumulated.stream().mapToDouble(StepResult::loss).sum();
      assertThat(loss).isCloseTo(once.loss(), within(1e-12 * (1 + Math.abs(loss))));
      for (int i = 0; i < 8; i++) {
        StepResult part = accumulated.get(i / 2);
        assertThat(part.dChosen()[i % 2]).isCloseTo(once.dChosen()[i], within(1e-12));
        assertThat(part.dRejected()[i % 2]).isCloseTo(once.dRejected()[i], within(1e-12));
        assertThat(part.dChosenSum()[i % 2]).isCloseTo(once.dChosenSum()[i], within(1e-12));
        assertThat(part.chosenRewards()[i % 2]).isEqualTo(once.chosenRewards()[i]);
      }
    }
  }

  @Test
  void aShortMicroBatchCountsLikeALongOneAsInTrl() {
    PairBatch whole = random(2, 3, RowColumns.NONE);
    Objective objective = Objective.of(LossOptions.of(""));
    List<PairBatch> parts =
        List.of(rows(whole, RowColumns.NONE, 0, 1), rows(whole, RowColumns.NONE, 2));
    double loss = step(objective, parts).stream().mapToDouble(StepResult::loss).sum();
    double[] losses = new SigmoidLoss(0.1).apply(whole.logps()).losses();
    assertThat(loss).isCloseTo(((losses[0] + losses[1]) / 2 + losses[2]) / 2, within(1e-15));
  }

  @Test
  void aRowOfWeightTwoCountsLikeTheRowGivenTwice() {
    PairBatch whole = random(3, 2, RowColumns.NONE);
    RowColumns twice = new RowColumns(new double[] {2, 1}, null, null);
    for (Objective objective : objectives()) {
      if (objective.couplesBatch()) {
        continue;
      }
      PairBatch weighted = rows(whole, twice, 0, 1);
      PairBatch repeated = rows(whole, RowColumns.NONE, 0, 0, 1);
      StepResult a = objective.apply(weighted, StepTotals.of(weighted));
      StepResult b = objective.apply(repeated, StepTotals.of(repeated));
      assertThat(a.loss()).isCloseTo(b.loss(), within(1e-12 * (1 + Math.abs(b.loss()))));
      assertThat(a.dChosen()[0]).isCloseTo(b.dChosen()[0] + b.dChosen()[1], within(1e-12));
      assertThat(a.dRejected()[1]).isCloseTo(b.dRejected()[2], within(1e-12));
      assertThat(a.dChosenSum()[0]).isCloseTo(b.dChosenSum()[0] + b.dChosenSum()[1], within(1e-12));
    }
  }

  @Test
  void weightsCountOverTheWholeStepWhateverTheMicroBatch() {
    PairBatch whole = random(4, 2, RowColumns.NONE);
    PairBatch heavy = rows(whole, new RowColumns(new double[] {3}, null, null), 0);
    PairBatch light = rows(whole, new RowColumns(new double[] {1}, null, null), 1);
    Objective objective = Objective.of(LossOptions.of(""));
    double loss =
        step(objective, List.of(heavy, light)).stream().mapToDouble(StepResult::loss).sum();
    double[] losses = new SigmoidLoss(0.1).apply(whole.logps()).losses();
    assertThat(loss).isCloseTo((3 * losses[0] + losses[1]) / 4, within(1e-15));
    PairBatch nothing = rows(whole, new RowColumns(new double[] {0}, null, null), 0);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> StepTotals.of(nothing))
        .withMessageContaining("weight");
  }

  @Test
  void anUndecidedLabelDoesNotPullWherePolicyAndReferenceAreEqual() {
    double[] logps = {-3};
    PairBatch batch =
        PairBatch.of(
            PairLogps.withoutLengths(logps, logps, logps, logps),
            new RowColumns(null, null, new double[] {0.5}));
    StepResult result = Objective.of(LossOptions.of("")).apply(batch, StepTotals.of(batch));
    assertThat(result.dChosen()).containsExactly(0);
    assertThat(result.loss()).isEqualTo(Math.log(2));
  }

  @Test
  void aSoftLabelIsCdpoWithTheChanceOfAWrongLabel() {
    PairBatch soft = random(5, 1, new RowColumns(null, null, new double[] {0.8}));
    PairBatch hard = PairBatch.of(soft.logps(), RowColumns.NONE);
    StepResult a = Objective.of(LossOptions.of("")).apply(soft, StepTotals.of(soft));
    Objective cdpo = Objective.of(LossOptions.of("loss_type: cdpo\nlabel_smoothing: 0.2"));
    StepResult b = cdpo.apply(hard, StepTotals.of(hard));
    assertThat(a.loss()).isCloseTo(b.loss(), within(1e-12));
    assertThat(a.dChosen()[0]).isCloseTo(b.dChosen()[0], within(1e-12));
  }

  @Test
  void aMarginAsksForThatMuchMoreReward() {
    PairBatch batch = random(6, 1, new RowColumns(null, new double[] {0.7}, null));
    PairLogps logps = batch.logps();
    double z =
        0.1
            * (logps.policyChosen()[0]
                - logps.referenceChosen()[0]
                - logps.policyRejected()[0]
                + logps.referenceRejected()[0]);
    StepResult result = Objective.of(LossOptions.of("")).apply(batch, StepTotals.of(batch));
    assertThat(result.loss()).isCloseTo(Math.log1p(Math.exp(0.7 - z)), within(1e-12));
  }

  @Test
  void columnsThatALossCannotHonourAreNamed() {
    EnumSet<LossOption> all = EnumSet.of(LossOption.WEIGHT, LossOption.MARGIN, LossOption.P_CHOSEN);
    assertThat(Objective.of(LossOptions.of("")).columnFaults(all)).isEmpty();
    assertThat(Objective.of(LossOptions.of("loss_type: [sigmoid, sft]")).columnFaults(all))
        .isEmpty();
    assertThat(Objective.of(LossOptions.of("loss_type: aot")).columnFaults(all)).hasSize(3);
    assertThat(Objective.of(LossOptions.of("loss_type: sft")).columnFaults(all)).hasSize(2);
    assertThat(Objective.of(LossOptions.of("loss_type: ipo")).columnFaults(all))
        .singleElement()
        .asString()
        .contains("margin", "ipo");
    assertThat(
            Objective.of(LossOptions.of("loss_type: robust\nlabel_smoothing: 0.1"))
                .columnFaults(all))
        .singleElement()
        .asString()
        .contains("p_chosen", "label_smoothing");
  }

  @Test
  void aLossOfYourOwnIsALambda() {
    PairLoss own = pair -> pair.chosenLogRatio().minus(pair.rejectedLogRatio()).negate();
    PairBatch batch = random(7, 4, RowColumns.NONE);
    StepResult result = Objective.of(own, 0.1).apply(batch, StepTotals.of(batch));
    assertThat(result.dChosen()).containsOnly(-0.25);
  }

  @Test
  void aLossThatComparesPairsIsNotComputedPieceByPiece() {
    Objective aot = Objective.of(LossOptions.of("loss_type: aot"));
    PairBatch batch = random(8, 2, RowColumns.NONE);
    assertThat(aot.couplesBatch()).isTrue();
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(() -> aot.apply(batch, totals(List.of(batch, batch))));
  }

  @Test
  void weightingWithoutTheSquaresIsRefused() {
    Objective wpo = Objective.of(LossOptions.of("use_weighting: true"));
    assertThat(wpo.usesSquares()).isTrue();
    TokenStats bare =
        new TokenStats(new float[] {-1}, new float[1], new float[1], new boolean[1], null);
    double[] zero = {0};
    int[] one = {1};
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> wpo.batch(List.of(bare), List.of(bare), zero, zero, one, one, RowColumns.NONE))
        .withMessageContaining("use_weighting");
  }

  @Test
  void aReferenceIsNeededUnlessNoPreferenceTermLooksAtIt() {
    assertThat(Objective.of(LossOptions.of("")).usesReference()).isTrue();
    assertThat(Objective.of(LossOptions.of("loss_type: sft")).usesReference()).isTrue();
    assertThat(Objective.of(LossOptions.of("loss_type: orpo")).usesReference()).isFalse();
    assertThat(Objective.of(LossOptions.of("loss_type: [simpo, sft]")).usesReference()).isFalse();
    assertThat(Objective.of(LossOptions.of("loss_type: [simpo, sigmoid]")).usesReference())
        .isTrue();
  }
}
