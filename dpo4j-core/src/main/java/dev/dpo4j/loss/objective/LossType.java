/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.objective;

import dev.dpo4j.loss.LossInfo;
import dev.dpo4j.loss.LossOption;
import dev.dpo4j.loss.PreferenceLoss;
import dev.dpo4j.loss.batch.AotLoss;
import dev.dpo4j.loss.batch.AotUnpairedLoss;
import dev.dpo4j.loss.batch.KtoPairLoss;
import dev.dpo4j.loss.pair.ApoDownLoss;
import dev.dpo4j.loss.pair.ApoZeroLoss;
import dev.dpo4j.loss.pair.BcoPairLoss;
import dev.dpo4j.loss.pair.CdpoLoss;
import dev.dpo4j.loss.pair.CpoLoss;
import dev.dpo4j.loss.pair.DiscopopLoss;
import dev.dpo4j.loss.pair.DpopLoss;
import dev.dpo4j.loss.pair.ExoPairLoss;
import dev.dpo4j.loss.pair.HingeLoss;
import dev.dpo4j.loss.pair.IpoLoss;
import dev.dpo4j.loss.pair.IpoSumLoss;
import dev.dpo4j.loss.pair.NcaPairLoss;
import dev.dpo4j.loss.pair.OrpoLoss;
import dev.dpo4j.loss.pair.RobustLoss;
import dev.dpo4j.loss.pair.RpoLoss;
import dev.dpo4j.loss.pair.SigmoidLoss;
import dev.dpo4j.loss.pair.SigmoidNormLoss;
import dev.dpo4j.loss.pair.SimpoLoss;
import dev.dpo4j.loss.pair.SppoHardLoss;
import dev.dpo4j.loss.single.SftLoss;
import dev.dpo4j.loss.single.SftNormalization;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * The preference losses by their names in {@code loss_type}.
 *
 * <p>A new loss is one file with the formula, its texts in {@code losses.properties}, and one line
 * here.
 */
@SuppressWarnings("ImmutableEnumChecker") // the texts are records, the functions hold nothing
public enum LossType {
  SIGMOID(SigmoidLoss.INFO, o -> one(new SigmoidLoss(o.beta(), o.divergence()))),
  HINGE(HingeLoss.INFO, o -> one(new HingeLoss(o.beta(), o.divergence()))),
  IPO(IpoLoss.INFO, o -> one(new IpoLoss(o.beta(), o.divergence()))),
  EXO_PAIR(
      ExoPairLoss.INFO, o -> one(new ExoPairLoss(o.beta(), o.labelSmoothing(), o.divergence()))),
  NCA_PAIR(NcaPairLoss.INFO, o -> one(new NcaPairLoss(o.beta()))),
  ROBUST(RobustLoss.INFO, o -> one(new RobustLoss(o.beta(), o.labelSmoothing(), o.divergence()))),
  BCO_PAIR(BcoPairLoss.INFO, o -> one(new BcoPairLoss(o.beta()))),
  SPPO_HARD(SppoHardLoss.INFO, o -> one(new SppoHardLoss(o.beta()))),
  AOT(AotLoss.INFO, o -> one(new AotLoss(o.beta(), o.labelSmoothing()))),
  AOT_UNPAIRED(AotUnpairedLoss.INFO, o -> one(new AotUnpairedLoss(o.beta(), o.labelSmoothing()))),
  KTO_PAIR(KtoPairLoss.INFO, o -> one(new KtoPairLoss(o.beta()))),
  APO_ZERO(ApoZeroLoss.INFO, o -> one(new ApoZeroLoss(o.beta()))),
  APO_DOWN(ApoDownLoss.INFO, o -> one(new ApoDownLoss(o.beta()))),
  DISCOPOP(
      DiscopopLoss.INFO, o -> one(new DiscopopLoss(o.beta(), o.discopopTau(), o.divergence()))),
  SFT(SftLoss.INFO, o -> one(new SftLoss(SftNormalization.TOKEN_MEAN))),
  SIGMOID_NORM(SigmoidNormLoss.INFO, o -> one(new SigmoidNormLoss(o.beta(), o.divergence()))),
  CDPO(CdpoLoss.INFO, o -> one(new CdpoLoss(o.beta(), o.labelSmoothing(), o.divergence()))),
  IPO_SUM(IpoSumLoss.INFO, o -> one(new IpoSumLoss(o.beta()))),
  DPOP(DpopLoss.INFO, o -> one(new DpopLoss(o.beta(), o.dpopLambda()))),
  RPO(
      RpoLoss.INFO,
      o -> withSft(new SigmoidLoss(o.beta(), o.divergence()), o.rpoAlpha(), o.rpoNormalization())),
  SIMPO(SimpoLoss.INFO, o -> one(new SimpoLoss(o.beta(), o.simpoGamma(), o.labelSmoothing()))),
  CPO(
      CpoLoss.INFO,
      o ->
          withSft(
              new CpoLoss(o.beta(), o.labelSmoothing()),
              o.cpoAlpha(),
              SftNormalization.TOKEN_MEAN)),
  ORPO(OrpoLoss.INFO, o -> withSft(new OrpoLoss(o.beta()), 1, SftNormalization.TOKEN_MEAN));

  private final LossInfo info;
  private final Function<LossOptions, List<Objective.Term>> terms;

  LossType(LossInfo info, Function<LossOptions, List<Objective.Term>> terms) {
    this.info = info;
    this.terms = terms;
  }

  private static List<Objective.Term> one(PreferenceLoss loss) {
    return List.of(new Objective.Term(loss, 1));
  }

  private static List<Objective.Term> withSft(
      PreferenceLoss loss, double alpha, SftNormalization normalization) {
    return List.of(
        new Objective.Term(loss, 1), new Objective.Term(new SftLoss(normalization), alpha));
  }

  /** What there is to say of the loss. */
  public LossInfo info() {
    return info;
  }

  /** The name in a configuration. */
  public String configName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The terms that are added up, with their weights. */
  List<Objective.Term> terms(LossOptions options) {
    return terms.apply(options);
  }

  /**
   * The loss as a function of pairs.
   *
   * @throws IllegalArgumentException if it is a sum of several terms
   */
  public PreferenceLoss single(LossOptions options) {
    List<Objective.Term> all = terms(options);
    if (all.size() > 1) {
      throw new IllegalArgumentException(configName() + " is a sum of " + all.size() + " terms");
    }
    return all.get(0).loss();
  }

  /** Whether the loss looks at an option or a column. */
  public boolean uses(LossOption option) {
    return info.options().contains(option);
  }

  /**
   * The loss of a configuration's name.
   *
   * @throws IllegalArgumentException if there is none; the message lists all names
   */
  public static LossType of(String configName) {
    return Arrays.stream(values())
        .filter(type -> type.configName().equals(configName))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "There is no loss \"" + configName + "\"; expected one of " + names()));
  }

  /** All names, in the order of declaration. */
  public static List<String> names() {
    return Arrays.stream(values()).map(LossType::configName).toList();
  }
}
