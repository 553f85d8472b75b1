/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.loss.LossOption;
import dev.dpo4j.loss.LossResult;
import dev.dpo4j.loss.PairBatch;
import dev.dpo4j.loss.PairLogps;
import dev.dpo4j.loss.RowColumns;
import dev.dpo4j.loss.single.SftLoss;
import dev.dpo4j.loss.single.SftNormalization;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Values of the losses worked out by hand. */
class LossValuesTest {
  private static final double LOG_2 = Math.log(2);

  private static StepResult apply(String options, PairLogps logps) {
    PairBatch batch = PairBatch.of(logps, RowColumns.NONE);
    return Objective.of(LossOptions.of(options)).apply(batch, StepTotals.of(batch));
  }

  /** log(1 + e^-z), the logistic loss of z. */
  private static double logistic(double z) {
    return Math.log(1 + Math.exp(-z));
  }

  @Test
  void everyLossAgainstAReferenceStartsAtItsKnownValue() {
    Map<LossType, Double> start = new EnumMap<>(LossType.class);
    start.put(LossType.SIGMOID, LOG_2);
    start.put(LossType.HINGE, 1.0);
    start.put(LossType.IPO, 25.0);
    start.put(LossType.EXO_PAIR, -LOG_2 - (Math.log(0.999) + Math.log(0.001)) / 2);
    start.put(LossType.NCA_PAIR, 2 * LOG_2);
    start.put(LossType.ROBUST, LOG_2);
    start.put(LossType.BCO_PAIR, 2 * LOG_2);
    start.put(LossType.SPPO_HARD, 50.0);
    start.put(LossType.AOT, LOG_2);
    start.put(LossType.AOT_UNPAIRED, LOG_2);
    start.put(LossType.KTO_PAIR, 0.5);
    start.put(LossType.APO_ZERO, 1.0);
    start.put(LossType.APO_DOWN, 1.0);
    start.put(LossType.DISCOPOP, (LOG_2 + 1) / 2);
    start.put(LossType.SIGMOID_NORM, LOG_2);
    start.put(LossType.CDPO, LOG_2);
    start.put(LossType.IPO_SUM, 25.0);
    start.put(LossType.DPOP, LOG_2);
    // log 2 and the log-loss per chosen token, 60 nats over 12 tokens.
    start.put(LossType.RPO, LOG_2 + 5);
    double[] chosen = {-10, -20, -30};
    double[] rejected = {-25, -5, -15};
    PairLogps batch =
        new PairLogps(chosen, rejected, chosen, rejected, new int[] {2, 4, 6}, new int[] {5, 1, 3});
    for (LossType type : LossType.values()) {
      Double expected = start.get(type);
      assertThat(expected != null)
          .as("%s has a known start", type)
          .isEqualTo(type.info().usesReference() && type != LossType.SFT);
      if (expected != null) {
        String smoothing = type.uses(LossOption.LABEL_SMOOTHING) ? "label_smoothing: 0.001" : "";
        StepResult result = apply("loss_type: " + type.configName() + "\n" + smoothing, batch);
        assertThat(result.loss()).as("%s", type).isCloseTo(expected, within(1e-12));
        assertThat(result.chosenRewards()).containsOnly(0);
        assertThat(type.info().atStart()).contains(shown(type, expected));
      }
    }
  }

  /** The number as the text of the loss shows it. */
  private static String shown(LossType type, double value) {
    if (type == LossType.RPO) {
      return "0.693";
    }
    String digits = type == LossType.EXO_PAIR ? "%.2f" : "%.3f";
    return value == Math.rint(value)
        ? Long.toString((long) value)
        : String.format(Locale.ROOT, digits, value);
  }

  private final PairLogps pair =
      new PairLogps(
          new double[] {-6},
          new double[] {-4},
          new double[] {-5},
          new double[] {-8},
          new int[] {3},
          new int[] {2});

  @Test
  void cdpo() {
    // Lc = -1, Lr = 4, z = 0.1 * -5 = -0.5.
    double expected = 0.9 * logistic(-0.5) + 0.1 * logistic(0.5);
    assertThat(expected).isCloseTo(0.924076984180, within(1e-11));
    assertThat(apply("loss_type: cdpo\nlabel_smoothing: 0.1", pair).loss())
        .isCloseTo(expected, within(1e-15));
  }

  @Test
  void dpop() {
    // Lc = -1 has lost a nat, so λ = 2 costs 2: z = 0.1 * (-1 - 4 - 2) = -0.7.
    StepResult result = apply("loss_type: dpop\ndpop_lambda: 2", pair);
    assertThat(result.loss()).isCloseTo(logistic(-0.7), within(1e-15));
    assertThat(result.loss()).isCloseTo(1.103186048886, within(1e-11));
    // The chosen answer pulls 1 + λ times as hard as the rejected one.
    assertThat(result.dChosen()[0]).isCloseTo(-3 * result.dRejected()[0], within(1e-15));
  }

  @Test
  void simpo() {
    // Averages -2 and -2: the margin is 0, the loss that of missing γ by all of it.
    StepResult result = apply("loss_type: simpo\nbeta: 2\nsimpo_gamma: 0.5", pair);
    assertThat(result.loss()).isCloseTo(logistic(-0.5), within(1e-15));
    assertThat(result.loss()).isCloseTo(0.974076984180, within(1e-11));
    assertThat(result.chosenRewards()).containsExactly(-4);
    assertThat(result.rejectedRewards()).containsExactly(-4);
  }

  @Test
  void cpo() {
    // z = 0.1 * (-6 + 4) = -0.2; the log-loss is 6 nats over 3 tokens, counted half.
    StepResult result = apply("loss_type: cpo\ncpo_alpha: 0.5", pair);
    assertThat(result.loss()).isCloseTo(logistic(-0.2) + 0.5 * 2, within(1e-15));
    assertThat(result.loss()).isCloseTo(1.798138869382, within(1e-11));
    assertThat(result.dChosenSum()[0]).isCloseTo(-0.5 / 3, within(1e-15));
    assertThat(result.chosenRewards()[0]).isCloseTo(-0.6, within(1e-15));
  }

  @Test
  void orpo() {
    // Averages -1 and -3: odds e^-1 / (1 - e^-1) and e^-3 / (1 - e^-3).
    PairLogps uneven =
        PairLogps.withoutReference(
            new double[] {-3}, new double[] {-6}, new int[] {3}, new int[] {2});
    double chosenOdds = Math.exp(-1) / (1 - Math.exp(-1));
    double rejectedOdds = Math.exp(-3) / (1 - Math.exp(-3));
    double ratio = chosenOdds / rejectedOdds;
    double expected = 1 - 0.2 * Math.log(ratio / (1 + ratio));
    assertThat(apply("loss_type: orpo\nbeta: 0.2", uneven).loss())
        .isCloseTo(expected, within(1e-15));
    assertThat(expected).isCloseTo(1.0172411489, within(1e-9));
  }

  @Test
  void ipoOnSumsDoesNotDivideByLengths() {
    assertThat(apply("loss_type: ipo_sum", pair).loss()).isEqualTo(100);
    double perToken = -1.0 / 3 - 4.0 / 2 - 5;
    assertThat(apply("loss_type: ipo", pair).loss()).isCloseTo(perToken * perToken, within(1e-12));
  }

  @Test
  void rpoNamesWhatItDividesBy() {
    PairLogps two =
        new PairLogps(
            new double[] {-6, -1},
            new double[] {-4, -1},
            new double[] {-6, -1},
            new double[] {-4, -1},
            new int[] {3, 1},
            new int[] {2, 1});
    assertThat(apply("loss_type: rpo", two).loss()).isCloseTo(LOG_2 + 7.0 / 4, within(1e-15));
    assertThat(apply("loss_type: rpo\nrpo_normalization: sequence_mean", two).loss())
        .isCloseTo(LOG_2 + (2 + 1) / 2.0, within(1e-15));
    assertThat(apply("loss_type: rpo\nrpo_normalization: sum\nrpo_alpha: 0.5", two).loss())
        .isCloseTo(LOG_2 + 0.5 * 7 / 2, within(1e-15));
  }

  @Test
  void aPairAtTheKinkOfTheHingeDoesNotPull() {
    PairLogps atKink =
        new PairLogps(
            new double[] {0},
            new double[] {0},
            new double[] {-10},
            new double[] {0},
            new int[] {1},
            new int[] {1});
    StepResult result = apply("loss_type: hinge", atKink);
    assertThat(result.loss()).isZero();
    assertThat(result.dChosen()).containsExactly(0);
  }

  @Test
  void equalLogRatiosAreMatchedInTheirOrder() {
    double[] chosen = {-1, -2};
    double[] rejected = {-3, -4};
    StepResult result =
        apply(
            "loss_type: aot_unpaired",
            new PairLogps(chosen, rejected, chosen, rejected, new int[] {1, 1}, new int[] {1, 1}));
    assertThat(result.dChosen()).containsExactly(-0.025, -0.025);
    assertThat(result.dRejected()).containsExactly(0.025, 0.025);
  }

  private static StepResult ktoPair(double[] chosen, double[] rejected) {
    double[] referenceChosen = {-11, -20.5, -28};
    double[] referenceRejected = {-24, -7.5, -15};
    return apply(
        "loss_type: kto_pair\nbeta: 0.3",
        PairLogps.withoutLengths(chosen, rejected, referenceChosen, referenceRejected));
  }

  @Test
  void ktoOverPairsEqualsTheFormulaOfTrl() {
    // Values and gradients of TRL 0.8.6's dpo_loss with loss_type kto_pair and beta 0.3 in torch,
    // in float64; first the mean of the chosen answers is cut at 0, then that of the rejected.
    StepResult first = ktoPair(new double[] {-10, -20, -30}, new double[] {-25, -5, -15});
    assertThat(first.loss()).isCloseTo(0.5410808393658962, within(1e-14));
    assertThat(first.dChosen())
        .containsExactly(
            new double[] {-0.012429950333877149, -0.0125, -0.010894749688090701}, within(1e-15));
    assertThat(first.dRejected())
        .containsExactly(
            new double[] {0.024164482258526576, 0.022836316362079983, 0.02444156667398928},
            within(1e-15));
    StepResult second = ktoPair(new double[] {-10, -20, -27}, new double[] {-25, -8, -16});
    assertThat(second.loss()).isCloseTo(0.4077877131498131, within(1e-14));
    assertThat(second.dChosen())
        .containsExactly(
            new double[] {-0.023960849454368882, -0.024167884203708738, -0.023960849454368882},
            within(1e-15));
    assertThat(second.dRejected())
        .containsExactly(
            new double[] {0.011600382161209158, 0.012013037287076455, 0.011600382161209158},
            within(1e-15));
  }

  @Test
  void theLogLossAloneIsTheMeanRepeatedForEveryPair() {
    LossResult result = new SftLoss(SftNormalization.TOKEN_MEAN).apply(pair);
    assertThat(result.losses()).containsExactly(2);
    assertThat(result.dChosen()[0]).isCloseTo(-1.0 / 3, within(1e-15));
    assertThat(result.dRejected()).containsExactly(0);
    assertThat(new SftLoss(SftNormalization.SUM).apply(pair).losses()).containsExactly(6);
    assertThat(new SftLoss(SftNormalization.SEQUENCE_MEAN).apply(pair).mean()).isEqualTo(2);
  }
}
