/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.ppo;

import dev.dpo4j.loss.ppo.AnswerAdvantages;
import dev.dpo4j.loss.ppo.AnswerAdvantages.Drawn;
import dev.dpo4j.train.loop.RowsPerPass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The answers of one update with what the policy, the reference and the critic said of them. */
final class PpoRollout {
  private final List<Episode> episodes;
  private final int longest;
  private final EpisodeLayout tokens;
  private final EpisodeLayout places;
  private final List<Drawn> drawn;

  /** Takes answers that were judged and lets the other models look at them. */
  PpoRollout(List<Episode> episodes, PpoModels models) {
    this.episodes = List.copyOf(episodes);
    this.longest = episodes.stream().mapToInt(Episode::tokens).max().orElse(0);
    this.tokens = EpisodeLayout.ofTokens(episodes, RowsPerPass.of(models.policy().config()));
    this.places =
        EpisodeLayout.ofPlaces(episodes, longest, RowsPerPass.of(models.critic().model().config()));
    List<double[]> logps = tokens.score(models.policy());
    List<double[]> reference = tokens.score(models.reference());
    List<double[]> values = places.score(models.critic().model());
    this.drawn = new ArrayList<>();
    for (int i = 0; i < episodes.size(); i++) {
      double score = episodes.get(i).score();
      drawn.add(new Drawn(logps.get(i), reference.get(i), values.get(i), score));
    }
  }

  int size() {
    return episodes.size();
  }

  Episode episode(int i) {
    return episodes.get(i);
  }

  /** The answers as the policy sees them. */
  EpisodeLayout tokens() {
    return tokens;
  }

  /** The answers as the critic sees them. */
  EpisodeLayout places() {
    return places;
  }

  /** Tokens of the longest answer. */
  int longest() {
    return longest;
  }

  /** What was said of an answer when it was drawn. */
  Drawn drawn(int i) {
    return drawn.get(i);
  }

  int places(int i) {
    return drawn.get(i).values().length;
  }

  /** The advantages by a rule. */
  AnswerAdvantages advantages(AnswerAdvantages.Rule rule) {
    return AnswerAdvantages.of(drawn, rule);
  }

  /** Mean of the answers' KL estimates, nats. */
  static double kl(AnswerAdvantages advantages) {
    return advantages.divergences().stream()
        .mapToDouble(ofAnswer -> Arrays.stream(ofAnswer).sum())
        .average()
        .orElse(0);
  }

  /**
   * What the rollout says by itself, by TRL's names.
   *
   * @param klWeight the weight of the KL penalty
   */
  Map<String, Double> metrics(AnswerAdvantages advantages, double klWeight) {
    double kl = kl(advantages);
    double score = drawn.stream().mapToDouble(Drawn::score).average().orElse(0);
    double surprise = 0;
    for (Drawn answer : drawn) {
      // TRL counts a place behind the end of an answer as a log-probability of 1.
      surprise -= Arrays.stream(answer.logps()).sum() + longest - answer.tokens();
    }
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("objective/kl", kl);
    metrics.put("objective/entropy", surprise / size());
    metrics.put("objective/non_score_reward", -klWeight * kl);
    metrics.put("objective/rlhf_reward", score - klWeight * kl);
    metrics.put("objective/scores", score);
    metrics.put("val/num_eos_tokens", (double) episodes.stream().filter(Episode::ended).count());
    return metrics;
  }
}
