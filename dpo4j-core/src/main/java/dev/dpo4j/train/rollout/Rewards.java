/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.rollout;

import dev.dpo4j.data.prompt.TokenizedPrompt;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.loop.RewardException;
import dev.dpo4j.train.loop.TrainingMethod.RunContext;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** All that judges the answers of a run. */
public final class Rewards implements AutoCloseable {
  private final List<WeightedReward> rewards;

  /**
   * Makes it of rewards, which it closes.
   *
   * @throws IllegalArgumentException if there is none, or two have the same name
   */
  public Rewards(List<WeightedReward> rewards) {
    if (rewards.isEmpty()) {
      throw new IllegalArgumentException("there must be at least one reward");
    }
    Set<String> names = new HashSet<>();
    for (WeightedReward reward : rewards) {
      if (!names.add(reward.name())) {
        throw new IllegalArgumentException(
            "two rewards have the name %s: give each its own".formatted(reward.name()));
      }
    }
    this.rewards = List.copyOf(rewards);
  }

  /** The rewards with their weights. */
  public List<WeightedReward> weighted() {
    return rewards;
  }

  /** The names of the rewards. */
  public List<String> names() {
    return rewards.stream().map(WeightedReward::name).toList();
  }

  /** The weight of each reward. */
  public List<Double> weights() {
    return rewards.stream().map(WeightedReward::weight).toList();
  }

  /** Tells all rewards of the run before anything is computed for it. */
  public void open(LanguageModel policy, TokenizedPrompt first, RunContext run) {
    rewards.forEach(reward -> reward.source().open(policy, first, run));
  }

  /**
   * Shows all rewards the prompts of the run.
   *
   * @throws dev.dpo4j.data.row.DataException if one of them has no opinion on any answer to them
   */
  public void check(List<TokenizedPrompt> prompts) {
    rewards.forEach(reward -> reward.source().check(prompts));
  }

  /** What tells these rewards from others: the checksums of models, the names of all else. */
  public String identity() {
    return rewards.stream()
        .map(
            reward -> {
              String checksum = reward.source().checksum();
              return checksum == null ? reward.name() : checksum;
            })
        .collect(Collectors.joining("\n"));
  }

  /** Bytes of the weights that the rewards hold. */
  public long modelBytes() {
    return rewards.stream().mapToLong(reward -> reward.source().modelBytes()).sum();
  }

  /** Floating-point operations that judging some answers takes. */
  public double flos(List<RolloutSample> samples) {
    return rewards.stream().mapToDouble(reward -> reward.source().flos(samples)).sum();
  }

  /**
   * Judges answers.
   *
   * @throws RewardException if a reward fails, or gives numbers that cannot be learnt from
   */
  public RewardTable score(List<RolloutSample> samples) {
    List<double[]> values = new ArrayList<>();
    for (WeightedReward reward : rewards) {
      values.add(score(reward, samples));
    }
    return new RewardTable(names(), weights(), values);
  }

  private static double[] score(WeightedReward reward, List<RolloutSample> samples) {
    double[] scores;
    try {
      scores = reward.source().score(samples);
    } catch (RewardException e) {
      throw e;
    } catch (RuntimeException | LinkageError | AssertionError | StackOverflowError e) {
      throw new RewardException(
          "The reward %s failed on a rollout of %d answers: %s"
              .formatted(reward.name(), samples.size(), e),
          e);
    }
    if (scores.length != samples.size()) {
      throw new RewardException(
          "The reward %s gave %d numbers for %d answers: expected one for each"
              .formatted(reward.name(), scores.length, samples.size()));
    }
    for (int i = 0; i < scores.length; i++) {
      if (Double.isInfinite(scores[i])) {
        throw new RewardException(
            "The reward %s is %s for an answer to %s: expected a finite number, or NaN for no opinion. The answer: %s"
                .formatted(
                    reward.name(),
                    scores[i],
                    samples.get(i).prompt().origin(),
                    shorten(samples.get(i).text())));
      }
    }
    return scores;
  }

  /** The beginning of a text, for a message. */
  public static String shorten(String text) {
    String line = text.replace('\n', ' ');
    return line.length() > 80 ? line.substring(0, 80) + "..." : line;
  }

  @Override
  public void close() {
    RuntimeException first = null;
    for (WeightedReward reward : rewards) {
      try {
        reward.source().close();
      } catch (RuntimeException e) {
        first = first == null ? e : first;
      }
    }
    if (first != null) {
      throw first;
    }
  }
}
