/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which preference loss is trained, and its parameters. */
public record LossOptions(
    @Option(
            defaultValue = "sigmoid",
            choices = {
              "sigmoid",
              "hinge",
              "ipo",
              "exo_pair",
              "nca_pair",
              "robust",
              "bco_pair",
              "sppo_hard",
              "aot",
              "aot_unpaired",
              "apo_zero",
              "apo_down",
              "discopop",
              "sft",
              "sigmoid_norm"
            },
            help = "The loss, or several that are added with loss_weights.")
        List<String> lossType,
    @Option(help = "One weight for each loss_type; null weighs all 1.")
        @Nullable List<Double> lossWeights,
    @Option(
            defaultValue = "0.1",
            range = "(0,inf)",
            help =
                "Strength of the pull towards the reference model; the implicit reward is beta "
                    + "times the log-ratio. For ipo it is the paper's tau.")
        double beta,
    @Option(
            defaultValue = "0.0",
            range = "[0,1)",
            help =
                "Probability that a label is flipped (robust, aot, aot_unpaired) or the epsilon "
                    + "of exo_pair.",
            difference = "TRL ignores it in silence for the other losses; here it is refused.")
        double labelSmoothing,
    @Option(
            defaultValue = "reverse_kl",
            choices = {"reverse_kl", "forward_kl", "js_divergence", "alpha_divergence"},
            help = "Divergence between policy and reference.")
        String fDivergenceType,
    @Option(defaultValue = "0.5", help = "The alpha of f_divergence_type alpha_divergence.")
        double fAlphaDivergenceCoef,
    @Option(
            defaultValue = "0.05",
            range = "(0,inf)",
            help = "Temperature of the modulated loss discopop.")
        double discopopTau,
    @Option(
            range = "[0,1]",
            help =
                "Weight of the tokens past the length of the shorter answer (LD-DPO); null and 1 "
                    + "weigh all tokens alike.")
        @Nullable Double ldAlpha,
    @Option(
            defaultValue = "false",
            help = "Weighs each pair by the policy's length-normalised probability (WPO).")
        boolean useWeighting)
    implements Checked {

  private static final Set<String> SMOOTHED = Set.of("robust", "exo_pair", "aot", "aot_unpaired");
  private static final Set<String> WITH_DIVERGENCE =
      Set.of("sigmoid", "sigmoid_norm", "hinge", "ipo", "exo_pair", "robust", "discopop", "sft");

  @Override
  public void check(Check check) {
    if (lossType.isEmpty()) {
      check.fault("loss_type", "must name at least one loss");
    }
    if (lossWeights != null && lossWeights.size() != lossType.size()) {
      check.fault(
          "loss_weights",
          "must have one weight for each of the "
              + lossType.size()
              + " loss types but has "
              + lossWeights.size());
    }
    checkSmoothing(check);
    checkDivergence(check);
    if (!lossType.contains("discopop")) {
      check.noEffect("discopop_tau", "without loss_type discopop");
    }
    if (useWeighting && lossType.stream().anyMatch(type -> type.startsWith("aot"))) {
      check.fault("use_weighting", "cannot be combined with loss_type aot or aot_unpaired");
    }
  }

  private void checkSmoothing(Check check) {
    if (lossType.stream().noneMatch(SMOOTHED::contains)) {
      check.noEffect("label_smoothing", "with loss_type " + String.join(", ", lossType));
    }
    if (lossType.contains("robust") && labelSmoothing >= 0.5) {
      check.fault(
          "label_smoothing", "must be < 0.5 for loss_type robust but was " + labelSmoothing);
    }
    if (lossType.contains("exo_pair") && labelSmoothing == 0) {
      check.fault("label_smoothing", "must be > 0 for loss_type exo_pair, such as 1e-3");
    }
  }

  private void checkDivergence(Check check) {
    List<String> without = lossType.stream().filter(t -> !WITH_DIVERGENCE.contains(t)).toList();
    if (!fDivergenceType.equals("reverse_kl") && !without.isEmpty()) {
      check.fault(
          "f_divergence_type",
          "must be reverse_kl for loss_type "
              + String.join(", ", without)
              + " but was "
              + fDivergenceType);
    }
    if (!fDivergenceType.equals("alpha_divergence")) {
      check.noEffect("f_alpha_divergence_coef", "without f_divergence_type alpha_divergence");
    }
  }
}
