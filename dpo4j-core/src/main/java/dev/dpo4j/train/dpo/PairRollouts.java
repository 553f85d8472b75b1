/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.dpo;

import dev.dpo4j.data.prompt.TokenizedPrompt;
import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.generate.SampleSeeds;
import dev.dpo4j.train.rollout.Rollout;
import dev.dpo4j.train.rollout.RolloutMaker;
import dev.dpo4j.train.rollout.RolloutRequest;
import dev.dpo4j.train.rollout.RolloutSample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Samples answers and makes a pair of the best and the worst of each prompt. */
final class PairRollouts {
  private final List<TokenizedPrompt> prompts;
  private final RolloutMaker maker;
  private final OnlineOptions options;
  private final long seed;

  PairRollouts(
      List<TokenizedPrompt> prompts, RolloutMaker maker, OnlineOptions options, long seed) {
    this.prompts = prompts;
    this.maker = maker;
    this.options = options;
    this.seed = seed;
  }

  RolloutMaker maker() {
    return maker;
  }

  /**
   * A rollout and what became of it.
   *
   * @param rollout the answers with their rewards, group after group
   * @param pairs for each prompt its pair, or null where it gave none
   * @param skipped prompts that gave no pair
   * @param unknown answers without a reward
   * @param empty answers without a token
   * @param metrics what is logged of it
   */
  record Made(
      Rollout rollout,
      List<@Nullable TokenizedPair> pairs,
      int skipped,
      int unknown,
      int empty,
      Map<String, Double> metrics) {}

  /**
   * Samples answers to prompts.
   *
   * @param places of the prompts in the data
   * @param first tells the seeds of this rollout apart from those of others
   */
  Made make(int[] places, long first) {
    List<RolloutRequest> requests = new ArrayList<>();
    int group = options.numGenerations();
    for (int i = 0; i < places.length; i++) {
      for (int g = 0; g < group; g++) {
        long own = SampleSeeds.of(seed, first + i, g);
        requests.add(new RolloutRequest(places[i], prompts.get(places[i]), own));
      }
    }
    Rollout rollout = maker.make(requests);
    double[] totals = totals(rollout);
    List<@Nullable TokenizedPair> pairs = new ArrayList<>();
    int skipped = 0;
    double margins = 0;
    int made = 0;
    for (int i = 0; i < places.length; i++) {
      int[] chosen = bestAndWorst(rollout.samples(), totals, i * group, (i + 1) * group);
      if (chosen.length == 0) {
        skipped++;
        pairs.add(null);
      } else {
        margins += totals[chosen[0]] - totals[chosen[1]];
        made++;
        pairs.add(pair(rollout.samples().get(chosen[0]), rollout.samples().get(chosen[1])));
      }
    }
    int unknown = (int) Arrays.stream(totals).filter(Double::isNaN).count();
    Map<String, Double> metrics = metrics(rollout, totals);
    if (made > 0) {
      metrics.put("objective/scores_margin", margins / made);
    }
    metrics.put("pairs/skipped", skipped / (double) places.length);
    int empty =
        (int) rollout.samples().stream().filter(s -> s.completion().ids().length == 0).count();
    return new Made(rollout, pairs, skipped, unknown, empty, metrics);
  }

  private double[] totals(Rollout rollout) {
    double[] totals = rollout.rewards().totals();
    Double penalty = options.missingEosPenalty();
    for (int i = 0; penalty != null && i < totals.length; i++) {
      totals[i] -= rollout.samples().get(i).completion().ended() ? 0 : penalty;
    }
    return totals;
  }

  /** The places of the best and the worst answer of a group, none where none is better. */
  private static int[] bestAndWorst(
      List<RolloutSample> samples, double[] totals, int from, int to) {
    int best = -1;
    int worst = -1;
    for (int i = from; i < to; i++) {
      if (Double.isNaN(totals[i]) || samples.get(i).completion().ids().length == 0) {
        continue; // Nothing is known of it, or there is nothing in it to learn.
      }
      best = best < 0 || totals[i] > totals[best] ? i : best;
      worst = worst < 0 || totals[i] < totals[worst] ? i : worst;
    }
    return best < 0 || totals[best] == totals[worst] ? new int[0] : new int[] {best, worst};
  }

  private static TokenizedPair pair(RolloutSample best, RolloutSample worst) {
    return pair(best.prompt(), best.completion().ids(), worst.completion().ids());
  }

  /** The pair of two answers to a prompt. */
  static TokenizedPair pair(TokenizedPrompt prompt, int[] best, int[] worst) {
    return new TokenizedPair(
        prompt.row(), prompt.origin(), prompt.ids(), best, worst, Map.of(), prompt.ids());
  }

  private static Map<String, Double> metrics(Rollout rollout, double[] totals) {
    Map<String, Double> metrics = new LinkedHashMap<>();
    Arrays.stream(totals)
        .filter(total -> !Double.isNaN(total))
        .average()
        .ifPresent(mean -> metrics.put("objective/scores", mean));
    List<String> names = rollout.rewards().names();
    for (int k = 0; names.size() > 1 && k < names.size(); k++) {
      String name = "objective/scores/" + names.get(k);
      Arrays.stream(rollout.rewards().values().get(k))
          .filter(value -> !Double.isNaN(value))
          .average()
          .ifPresent(mean -> metrics.put(name, mean));
    }
    List<RolloutSample> samples = rollout.samples();
    metrics.put(
        "completions/mean_length",
        samples.stream().mapToInt(s -> s.completion().ids().length).average().orElse(0));
    metrics.put(
        "completions/clipped_ratio",
        samples.stream().filter(s -> !s.completion().ended()).count()
            / (double) Math.max(1, samples.size()));
    return metrics;
  }
}
