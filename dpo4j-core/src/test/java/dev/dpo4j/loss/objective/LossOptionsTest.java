/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.loss.LossOption;
import dev.dpo4j.loss.PairBatch;
import dev.dpo4j.loss.RowColumns;
import dev.dpo4j.nn.TokenStats;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class LossOptionsTest {

  @Test
  void theNamesInTheConfigurationAreThoseOfTheLosses() {
    assertThat(Arrays.stream(LossType.values()).map(type -> type.info().name()))
        .containsExactlyElementsOf(LossType.names());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LossType.of("ppo"))
        .withMessageContaining("sigmoid");
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> LossOptions.of("loss_type: sigmiod"))
        .withMessageContaining("must be one of " + String.join(", ", LossType.names()))
        .withMessageContaining("did you mean \"sigmoid\"?");
  }

  /** Every option at a value other than its default. */
  private static Map<LossOption, String> flips() {
    Map<LossOption, String> flips = new LinkedHashMap<>();
    flips.put(LossOption.BETA, "beta: 0.37");
    flips.put(LossOption.LABEL_SMOOTHING, "label_smoothing: 0.23");
    flips.put(LossOption.F_DIVERGENCE_TYPE, "f_divergence_type: js_divergence");
    flips.put(LossOption.F_ALPHA_DIVERGENCE_COEF, "f_alpha_divergence_coef: 0.3");
    flips.put(LossOption.DISCOPOP_TAU, "discopop_tau: 0.5");
    flips.put(LossOption.LD_ALPHA, "ld_alpha: 0.4");
    flips.put(LossOption.USE_WEIGHTING, "use_weighting: true");
    flips.put(LossOption.SIMPO_GAMMA, "simpo_gamma: 0.1");
    flips.put(LossOption.CPO_ALPHA, "cpo_alpha: 0.2");
    flips.put(LossOption.DPOP_LAMBDA, "dpop_lambda: 7");
    flips.put(LossOption.RPO_ALPHA, "rpo_alpha: 0.3");
    flips.put(LossOption.RPO_NORMALIZATION, "rpo_normalization: sum");
    return flips;
  }

  @TestFactory
  List<DynamicTest> everyOptionChangesTheLossOrIsRefused() {
    return Arrays.stream(LossType.values())
        .flatMap(
            type ->
                flips().entrySet().stream()
                    .map(
                        flip ->
                            DynamicTest.dynamicTest(
                                type.configName() + " " + flip.getValue(),
                                () -> check(type, flip.getKey(), flip.getValue()))))
        .toList();
  }

  private static void check(LossType type, LossOption option, String flip) {
    boolean smooth = type == LossType.EXO_PAIR || type == LossType.CDPO;
    boolean alpha = option == LossOption.F_ALPHA_DIVERGENCE_COEF && type.uses(option);
    String base =
        "loss_type: "
            + type.configName()
            + (smooth && option != LossOption.LABEL_SMOOTHING ? "\nlabel_smoothing: 0.1" : "")
            + (alpha ? "\nf_divergence_type: alpha_divergence" : "");
    if (!type.uses(option)) {
      assertThatExceptionOfType(ConfigException.class)
          .isThrownBy(() -> LossOptions.of(base + "\n" + flip))
          .withMessageContaining(option.configName());
      return;
    }
    String without = smooth && option == LossOption.LABEL_SMOOTHING ? "\nlabel_smoothing: 0.1" : "";
    double before = loss(base + without);
    assertThat(loss(base + "\n" + flip)).isNotEqualTo(before);
  }

  private static double loss(String options) {
    Objective objective = Objective.of(LossOptions.of(options));
    TokenStats first = answer(-1, -2, -3);
    TokenStats second = answer(-0.5f);
    TokenStats third = answer(-0.25f, -1.5f);
    PairBatch batch =
        objective.batch(
            List.of(first, second),
            List.of(second, third),
            new double[] {-5, -1},
            new double[] {-2, -7},
            new int[] {3, 1},
            new int[] {1, 2},
            RowColumns.NONE);
    return objective.apply(batch, StepTotals.of(batch)).loss();
  }

  private static TokenStats answer(float... logps) {
    float[] squares = new float[logps.length];
    Arrays.fill(squares, -0.7f);
    return new TokenStats(
        logps,
        new float[logps.length],
        new float[logps.length],
        new boolean[logps.length],
        squares);
  }

  private static void refused(String options, String... words) {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> LossOptions.of(options))
        .withMessageContainingAll(words);
  }

  @Test
  void settingsThatCannotBeAreRefusedWithTheRemedy() {
    refused("label_smoothing: 0.1", "label_smoothing", "sigmoid", "cdpo");
    refused("loss_type: cdpo", "label_smoothing", "sigmoid");
    refused("loss_type: exo_pair", "1e-3");
    refused("loss_type: robust\nlabel_smoothing: 0.5", "0.5");
    refused("loss_type: [sigmoid, sigmoid]", "twice");
    refused("loss_type: []", "at least one");
    refused(
        "loss_type: [sigmoid, sft]\nloss_weights: [1.0, 0.0]", "loss_weights", "greater than 0");
    refused("loss_type: [sigmoid, aot]\nuse_weighting: true", "aot");
    refused("loss_type: [sigmoid, nca_pair]\nf_divergence_type: forward_kl", "nca_pair");
    refused("f_divergence_type: forward_kl\nf_alpha_divergence_coef: 0.7", "alpha_divergence");
    refused("loss_type: [sigmoid, orpo]\nld_alpha: 0.5", "orpo");
    refused("beta: 0\nld_alpha: 2", "beta", "ld_alpha");
  }
}
