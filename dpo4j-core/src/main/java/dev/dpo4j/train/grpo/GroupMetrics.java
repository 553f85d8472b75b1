/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.grpo;

import dev.dpo4j.loss.group.KnownNumbers;
import dev.dpo4j.loss.group.SequenceLoss;
import dev.dpo4j.train.rollout.RewardTable;
import dev.dpo4j.train.rollout.RolloutSample;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The metrics of GRPO and RLOO under TRL's names. */
final class GroupMetrics {
  private final boolean ofSequences;
  private final boolean hasKl;
  private double entropies;
  private double kl;
  private long tokens;
  private int answers;
  private long clippedLow;
  private long clippedHigh;
  private double lowest = Double.NaN;
  private double highest = Double.NaN;

  /**
   * Gathers the metrics of a micro-batch.
   *
   * @param ofSequences whether ratios are those of whole answers
   * @param hasKl whether the loss has a KL divergence
   */
  GroupMetrics(boolean ofSequences, boolean hasKl) {
    this.ofSequences = ofSequences;
    this.hasKl = hasKl;
  }

  /** Adds an answer that was computed. */
  void add(SequenceLoss loss, double entropySum, int answerTokens) {
    entropies += entropySum;
    kl += loss.kl();
    tokens += answerTokens;
    answers++;
    clippedLow += loss.clippedLow();
    clippedHigh += loss.clippedHigh();
    double of = ofSequences ? 1 : answerTokens;
    lowest = least(lowest, loss.clippedLow() / of);
    highest = -least(-highest, -loss.clippedHigh() / of);
  }

  private static double least(double before, double value) {
    return Double.isNaN(before) ? value : Math.min(before, value);
  }

  /**
   * The metrics of the micro-batch.
   *
   * @param all its answers, those that were not computed among them
   */
  Map<String, Double> values(int all) {
    Map<String, Double> metrics = new LinkedHashMap<>();
    if (answers == 0) {
      return metrics; // Nothing was learnt, so that there is nothing to tell.
    }
    double of = Math.max(1, tokens);
    if (hasKl) {
      metrics.put("kl", kl / of);
    }
    metrics.put("entropy", entropies / of);
    double ratios = ofSequences ? Math.max(1, all) : of;
    metrics.put("clip_ratio/low_mean", clippedLow / ratios);
    metrics.put("clip_ratio/low_min", lowest);
    metrics.put("clip_ratio/high_mean", clippedHigh / ratios);
    metrics.put("clip_ratio/high_max", highest);
    metrics.put("clip_ratio/region_mean", (clippedLow + clippedHigh) / ratios);
    return metrics;
  }

  /** The metrics of a rollout. */
  static Map<String, Double> ofRollout(GroupBlock block, boolean klInRewards) {
    Map<String, Double> metrics = new LinkedHashMap<>();
    lengths(block.samples(), metrics);
    if (klInRewards) {
      metrics.put("kl", klPerToken(block));
    }
    RewardTable rewards = block.rollout().rewards();
    for (int k = 0; k < rewards.names().size(); k++) {
      KnownNumbers known = KnownNumbers.of(rewards.values().get(k));
      put(metrics, "rewards/" + rewards.names().get(k) + "/mean", known.mean());
      put(metrics, "rewards/" + rewards.names().get(k) + "/std", known.std());
    }
    KnownNumbers all = KnownNumbers.of(rewards.totals());
    put(metrics, "reward", all.mean());
    put(metrics, "reward_std", all.std());
    metrics.put("frac_reward_zero_std", block.advantages().zeroDeviation());
    return metrics;
  }

  private static void lengths(List<RolloutSample> samples, Map<String, Double> metrics) {
    int[] lengths = samples.stream().mapToInt(sample -> sample.completion().ids().length).toArray();
    int[] ended =
        samples.stream()
            .filter(sample -> sample.completion().ended())
            .mapToInt(sample -> sample.completion().ids().length)
            .toArray();
    lengths(metrics, "length", lengths);
    metrics.put(
        "completions/clipped_ratio", 1 - ended.length / (double) Math.max(1, lengths.length));
    lengths(metrics, "terminated_length", ended);
  }

  private static void lengths(Map<String, Double> metrics, String name, int[] lengths) {
    metrics.put("completions/mean_" + name, Arrays.stream(lengths).average().orElse(0));
    metrics.put("completions/min_" + name, (double) Arrays.stream(lengths).min().orElse(0));
    metrics.put("completions/max_" + name, (double) Arrays.stream(lengths).max().orElse(0));
  }

  private static double klPerToken(GroupBlock block) {
    double sum = 0;
    long tokens = 0;
    List<float[]> old = block.old();
    List<float[]> reference = block.reference();
    for (int i = 0; old != null && reference != null && i < old.size(); i++) {
      for (int t = 0; t < old.get(i).length; t++) {
        sum += (double) old.get(i)[t] - reference.get(i)[t];
        tokens++;
      }
    }
    return sum / Math.max(1, tokens);
  }

  private static void put(Map<String, Double> metrics, String name, double value) {
    if (!Double.isNaN(value)) {
      metrics.put(name, value);
    }
  }
}
