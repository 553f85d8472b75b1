/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.ppo;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import dev.dpo4j.loss.ppo.AdvantageEstimation;
import dev.dpo4j.loss.ppo.AnswerAdvantages;
import dev.dpo4j.loss.ppo.KlController;
import dev.dpo4j.loss.ppo.KlEstimator;
import dev.dpo4j.loss.ppo.TokenRewards;
import org.jspecify.annotations.Nullable;

/** How PPO makes advantages of rewards and how it learns from them. */
public record PpoOptions(
    @Option(
            range = "[1,inf)",
            help =
                "Answers of the whole run; the steps are as many as that takes. null means "
                    + "num_train_epochs or max_steps.")
        @Nullable Integer totalEpisodes,
    @Option(
            defaultValue = "53",
            range = "[1,inf)",
            help = "Most tokens of an answer, the one that ends it included.")
        int responseLength,
    @Option(
            defaultValue = "4",
            range = "[1,inf)",
            help = "How often the answers of a rollout are gone through.")
        int numPpoEpochs,
    @Option(
            defaultValue = "1",
            range = "[1,inf)",
            help =
                "Minibatches that a rollout is cut into. The weights follow after "
                    + "gradient_accumulation_steps micro-batches, as in TRL, so that this changes "
                    + "training only where there are more minibatches than that; in between it "
                    + "divides the averages of policy/, loss/ and val/.")
        int numMiniBatches,
    @Option(
            defaultValue = "0.05",
            range = "[0,inf)",
            help = "Weight of the KL penalty in the reward of each token.")
        double klCoef,
    @Option(
            defaultValue = "k1",
            help =
                "Estimator of the KL divergence: k1 is the log-ratio, k2 half its square, k3 has "
                    + "the same mean as k1 and varies less.",
            difference = "TRL refuses k2.")
        KlEstimator klEstimator,
    @Option(
            range = "(0,inf)",
            help =
                "KL divergence of an answer, in nats, that kl_coef is adapted to after every"
                    + " update; null leaves kl_coef as it is.",
            difference = "TRL has dropped its adaptive controller, in which this was target.")
        @Nullable Double klTarget,
    @Option(
            defaultValue = "10000.0",
            range = "(0,inf)",
            help = "Answers over which kl_coef changes by at most 20 %; needs kl_target.",
            difference = "TRL has dropped its adaptive controller, in which this was horizon.")
        double klHorizon,
    @Option(
            defaultValue = "0.2",
            range = "(0,inf)",
            help = "How far the ratio of probabilities may move from 1 before nothing pulls.")
        double cliprange,
    @Option(defaultValue = "0.1", range = "[0,inf)", help = "Weight of the value loss.")
        double vfCoef,
    @Option(
            defaultValue = "0.2",
            range = "(0,inf)",
            help = "How far a value may move from that of the rollout before nothing pulls.")
        double cliprangeValue,
    @Option(defaultValue = "1.0", range = "[0,1]", help = "Discount of rewards for each token.")
        double gamma,
    @Option(
            defaultValue = "0.95",
            range = "[0,1]",
            help = "Lambda of generalised advantage estimation.")
        double lam,
    @Option(
            defaultValue = "false",
            help = "Brings the rewards of a rollout's tokens to a variance of 1.")
        boolean whitenRewards,
    @Option(
            defaultValue = "true",
            help = "Brings the advantages of a rollout to a mean of 0 and a variance of 1.",
            difference = "TRL always does.")
        boolean whitenAdvantages,
    @Option(
            range = "(0,inf)",
            help = "Taken off the reward of an answer that reached response_length; null for none.")
        @Nullable Double missingEosPenalty)
    implements Checked {

  /** How the rewards of a rollout become advantages, at a weight of the KL penalty. */
  AnswerAdvantages.Rule rule(double klWeight) {
    return new AnswerAdvantages.Rule(
        new TokenRewards(klEstimator, klWeight),
        new AdvantageEstimation(gamma, lam),
        whitenRewards,
        whitenAdvantages);
  }

  /** What changes the weight of the KL penalty. */
  KlController controller() {
    return klTarget == null ? KlController.FIXED : new KlController(klTarget, klHorizon);
  }

  /** Steps of a run: {@code max_steps}, unless {@code total_episodes} decides. */
  long steps(int maxSteps, int answersPerStep) {
    Integer episodes = totalEpisodes;
    return episodes == null ? maxSteps : ((long) episodes + answersPerStep - 1) / answersPerStep;
  }

  @Override
  public void check(Check check) {
    if (klTarget == null) {
      check.noEffect("kl_horizon", "without kl_target");
    } else if (klCoef == 0) {
      check.fault("kl_coef", "must be greater than 0 with kl_target: a weight of 0 stays 0");
    }
  }
}
