/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.kto;

import dev.dpo4j.config.Option;
import dev.dpo4j.loss.single.KtoLoss;

/** Which loss of single answers is trained, and its parameters. */
public record KtoOptions(
    @Option(
            defaultValue = "kto",
            help = "The loss; kto compares with an estimate of the KL divergence.")
        KtoLoss.Kind lossType,
    @Option(
            defaultValue = "0.1",
            range = "(0,inf)",
            help =
                "Strength of the pull towards the reference model; the implicit reward is beta "
                    + "times the log-ratio.")
        double beta,
    @Option(
            defaultValue = "1.0",
            range = "[0,inf)",
            help = "Weight of the desirable answers, to correct an imbalance.")
        double desirableWeight,
    @Option(
            defaultValue = "1.0",
            range = "[0,inf)",
            help = "Weight of the undesirable answers, to correct an imbalance.")
        double undesirableWeight) {

  /** The loss as a function. */
  public KtoLoss loss() {
    return new KtoLoss(lossType, beta, desirableWeight, undesirableWeight);
  }
}
