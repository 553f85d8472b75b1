/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.objective;

import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import dev.dpo4j.config.value.Setting;
import dev.dpo4j.config.value.YamlSource;
import dev.dpo4j.loss.FDivergence;
import dev.dpo4j.loss.LossOption;
import dev.dpo4j.loss.single.SftNormalization;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Which preference loss is trained, and its parameters. */
public record LossOptions(
    @Option(
            defaultValue = "sigmoid",
            help = "The loss, or several losses that are added up with loss_weights.")
        List<LossType> lossType,
    @Option(help = "One weight per loss_type; null gives each the weight 1.")
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
                "Probability that a label is flipped (robust, cdpo, aot, aot_unpaired, simpo, cpo) or "
                    + "the epsilon of exo_pair.",
            difference =
                "TRL ignores it in silence for the other losses; here it is refused, and cdpo is "
                    + "sigmoid with smoothed labels.")
        double labelSmoothing,
    @Option(defaultValue = "reverse_kl", help = "Divergence between policy and reference.")
        FDivergence.Type fDivergenceType,
    @Option(defaultValue = "0.5", help = "Alpha of the divergence alpha_divergence.")
        double fAlphaDivergenceCoef,
    @Option(
            defaultValue = "0.05",
            range = "(0,inf)",
            help = "Temperature of the modulated loss discopop.")
        double discopopTau,
    @Option(
            range = "[0,1]",
            help =
                "Weight of the tokens beyond the length of the shorter answer (LD-DPO); null and 1 "
                    + "weight all tokens equally.")
        @Nullable Double ldAlpha,
    @Option(
            defaultValue = "false",
            help = "Weights each pair by the policy's length-normalised probability (WPO).")
        boolean useWeighting,
    @Option(
            defaultValue = "0.5",
            range = "[0,inf)",
            help = "Target margin of the rewards in simpo.")
        double simpoGamma,
    @Option(
            defaultValue = "1.0",
            range = "[0,inf)",
            help = "Weight of the log-loss of the chosen answers in cpo.")
        double cpoAlpha,
    @Option(
            defaultValue = "50.0",
            range = "(0,inf)",
            help = "Weight of the penalty in dpop where a chosen answer loses probability.")
        double dpopLambda,
    @Option(
            defaultValue = "1.0",
            range = "(0,inf)",
            help = "Weight of the log-loss of the chosen answers in rpo.")
        double rpoAlpha,
    @Option(
            defaultValue = "token_mean",
            help =
                "What the log-loss in rpo is divided by: all chosen tokens of the optimizer batch, "
                    + "each answer's own tokens, or nothing but the number of answers.")
        SftNormalization rpoNormalization)
    implements Checked {

  private static final double HALF = 0.5;

  /**
   * The options of a piece of YAML such as {@code "loss_type: ipo\nbeta: 0.2"}.
   *
   * @param yaml keys and values; what is not named has its default
   * @throws dev.dpo4j.config.value.ConfigException if something is wrong with them
   */
  public static LossOptions of(String yaml) {
    List<Setting> settings = YamlSource.parse(yaml, "loss options");
    return Binder.of(LossOptions.class).bind(settings, List.<Setting>of()).value();
  }

  /** Returns the names of the losses that are added up, between commas. */
  public String names() {
    return lossType.stream().map(LossType::configName).collect(Collectors.joining(", "));
  }

  /** The divergence between policy and reference. */
  public FDivergence divergence() {
    return new FDivergence(fDivergenceType, fAlphaDivergenceCoef);
  }

  @Override
  public void check(Check check) {
    if (lossType.isEmpty()) {
      check.fault("loss_type", "must name at least one loss");
      return;
    }
    if (Set.copyOf(lossType).size() < lossType.size()) {
      check.fault("loss_type", "names a loss twice; give it a larger weight in loss_weights");
    }
    checkWeights(check);
    for (LossOption option : LossOption.values()) {
      if (!option.isColumn() && lossType.stream().noneMatch(type -> type.uses(option))) {
        check.noEffect(
            Set.of(option.configName()),
            "with loss_type " + names() + " (it belongs to " + usersOf(option) + ")",
            "loss_type");
      }
    }
    checkSmoothing(check);
    checkDivergence(check);
    checkTokens(check);
  }

  private static String usersOf(LossOption option) {
    return Arrays.stream(LossType.values())
        .filter(type -> type.uses(option))
        .map(LossType::configName)
        .collect(Collectors.joining(", "));
  }

  /** The preference losses of the list that do not look at an option. */
  private String deafTo(LossOption option) {
    return lossType.stream()
        .filter(type -> type != LossType.SFT && !type.uses(option))
        .map(LossType::configName)
        .collect(Collectors.joining(", "));
  }

  private void checkWeights(Check check) {
    if (lossWeights == null) {
      return;
    }
    if (lossWeights.size() != lossType.size()) {
      check.fault(
          "loss_weights",
          "must have one weight for each of the "
              + lossType.size()
              + " loss types but has "
              + lossWeights.size());
    }
    if (lossWeights.stream().anyMatch(weight -> !(weight > 0))) {
      check.fault("loss_weights", "must all be greater than 0 but were " + lossWeights);
    }
  }

  private void checkSmoothing(Check check) {
    for (LossType type : lossType) {
      boolean halfIsTooMuch = type == LossType.ROBUST || type == LossType.CDPO;
      if (halfIsTooMuch && labelSmoothing >= HALF) {
        check.fault(
            "label_smoothing",
            "must be less than 0.5 for loss_type "
                + type.configName()
                + " but was "
                + labelSmoothing);
      }
      if (type == LossType.EXO_PAIR && labelSmoothing == 0) {
        check.fault(
            "label_smoothing", "must be greater than 0 for loss_type exo_pair, such as 1e-3");
      }
      if (type == LossType.CDPO && labelSmoothing == 0) {
        check.fault(
            "label_smoothing",
            "must be greater than 0 for loss_type cdpo, such as 0.1; without it take loss_type sigmoid");
      }
    }
  }

  private void checkDivergence(Check check) {
    String deaf = deafTo(LossOption.F_DIVERGENCE_TYPE);
    if (fDivergenceType != FDivergence.Type.REVERSE_KL && !deaf.isEmpty()) {
      check.fault(
          "f_divergence_type",
          "must be reverse_kl for loss_type " + deaf + " but was " + fDivergenceType.configName());
    }
    if (fDivergenceType != FDivergence.Type.ALPHA_DIVERGENCE) {
      check.noEffect("f_alpha_divergence_coef", "without f_divergence_type alpha_divergence");
    }
  }

  private void checkTokens(Check check) {
    String withoutWeighting = deafTo(LossOption.USE_WEIGHTING);
    if (useWeighting && !withoutWeighting.isEmpty()) {
      check.fault("use_weighting", "cannot be combined with loss_type " + withoutWeighting);
    }
    String withoutLength = deafTo(LossOption.LD_ALPHA);
    if (ldAlpha != null && !withoutLength.isEmpty()) {
      check.fault("ld_alpha", "cannot be combined with loss_type " + withoutLength);
    }
  }
}
