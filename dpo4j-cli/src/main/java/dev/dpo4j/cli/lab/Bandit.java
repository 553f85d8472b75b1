/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab;

import dev.dpo4j.loss.DualNumber;
import dev.dpo4j.loss.Pair;
import dev.dpo4j.loss.PairLoss;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * One prompt with a handful of answers whose rewards are known: DPO without a network.
 *
 * <p>The policy is a table of logits. All that the derivation claims can be computed here, most of
 * all the best policy π_ref exp(r/β) / Z (Rafailov et al. 2023, arXiv 2305.18290, equation 4).
 *
 * @param reference log π_ref of each answer, nats
 * @param rewards reward of each answer
 */
@SuppressWarnings("ArrayRecordComponent") // a table of numbers; equality is never asked for
public record Bandit(double[] reference, double[] rewards) {

  /** Answers with random reference logits and rewards, both standard normal. */
  public static Bandit random(int answers, Random random) {
    double[] logits = new double[answers];
    double[] rewards = new double[answers];
    for (int i = 0; i < answers; i++) {
      logits[i] = random.nextGaussian();
      rewards[i] = random.nextGaussian();
    }
    return new Bandit(logSoftmax(logits), rewards);
  }

  /** The number of answers. */
  public int answers() {
    return rewards.length;
  }

  /** The policy that RLHF's objective is highest for: π_ref exp(r/β) / Z. */
  public double[] optimum(double beta) {
    double[] logits = new double[answers()];
    Arrays.setAll(logits, i -> reference[i] + rewards[i] / beta);
    return exp(logSoftmax(logits));
  }

  /**
   * Comparisons of random answers as a Bradley-Terry judge makes them: a beats b with probability
   * σ( r_a - r_b).
   *
   * @return for each a and b the share of the comparisons in which a won against b
   */
  public double[][] compare(int pairs, Random random) {
    double[][] wins = new double[answers()][answers()];
    for (int i = 0; i < pairs; i++) {
      int a = random.nextInt(answers());
      int b = (a + 1 + random.nextInt(answers() - 1)) % answers();
      boolean first = random.nextDouble() < sigmoid(rewards[a] - rewards[b]);
      wins[first ? a : b][first ? b : a] += 1.0 / pairs;
    }
    return wins;
  }

  /** The shares that {@link #compare} tends to, the more pairs there are. */
  public double[][] expectedComparisons() {
    return everyPair((a, b) -> sigmoid(rewards[a] - rewards[b]));
  }

  /** Comparisons of every two answers by a judge without noise: the greater reward always wins. */
  public double[][] deterministicComparisons() {
    return everyPair((a, b) -> rewards[a] > rewards[b] ? 1 : 0);
  }

  private interface Chance {
    double of(int a, int b);
  }

  private double[][] everyPair(Chance chance) {
    double[][] wins = new double[answers()][answers()];
    double pairs = answers() * (answers() - 1) / 2.0;
    for (int a = 0; a < answers(); a++) {
      for (int b = 0; b < answers(); b++) {
        wins[a][b] = a == b ? 0 : chance.of(a, b) / pairs;
      }
    }
    return wins;
  }

  /**
   * Minimises a preference loss over comparisons by gradient descent, from the reference.
   *
   * @param loss the loss of a pair
   * @param wins the share of each comparison, from {@link #compare}
   * @param rate size of a step
   * @param steps number of steps
   * @return log π of each answer after each step, that of the reference first
   */
  public List<double[]> train(PairLoss loss, double[][] wins, double rate, int steps) {
    List<double[]> policies = new ArrayList<>();
    double[] logits = reference.clone();
    policies.add(reference);
    for (int step = 0; step < steps; step++) {
      double[] logPolicy = logSoftmax(logits);
      double[] gradient = gradient(loss, wins, logPolicy);
      double total = Arrays.stream(gradient).sum();
      for (int i = 0; i < logits.length; i++) {
        // d log π(a) / d logit(i) = [a = i] - π(i)
        logits[i] -= rate * (gradient[i] - Math.exp(logPolicy[i]) * total);
      }
      policies.add(logSoftmax(logits));
    }
    return policies;
  }

  /** Derivative of the mean loss by log π of each answer. */
  private double[] gradient(PairLoss loss, double[][] wins, double[] logPolicy) {
    double[] gradient = new double[answers()];
    for (int a = 0; a < answers(); a++) {
      for (int b = 0; b < answers(); b++) {
        if (wins[a][b] > 0) {
          DualNumber value = loss.loss(pair(logPolicy, a, b));
          gradient[a] += wins[a][b] * value.byChosen();
          gradient[b] += wins[a][b] * value.byRejected();
        }
      }
    }
    return gradient;
  }

  private Pair pair(double[] logPolicy, int chosen, int rejected) {
    return new Pair(
        DualNumber.chosen(logPolicy[chosen]),
        DualNumber.rejected(logPolicy[rejected]),
        reference[chosen],
        reference[rejected],
        1,
        1,
        0);
  }

  /** The log-ratio of the best answer minus that of the worst, nats. */
  public double margin(double[] logPolicy) {
    int best = 0;
    int worst = 0;
    for (int i = 0; i < answers(); i++) {
      best = rewards[i] > rewards[best] ? i : best;
      worst = rewards[i] < rewards[worst] ? i : worst;
    }
    return logPolicy[best] - reference[best] - logPolicy[worst] + reference[worst];
  }

  /**
   * Half the sum of the differences of two distributions: 0 for equal ones, 1 for disjoint ones.
   */
  public static double totalVariation(double[] p, double[] q) {
    double sum = 0;
    for (int i = 0; i < p.length; i++) {
      sum += Math.abs(p[i] - q[i]);
    }
    return sum / 2;
  }

  /** Probabilities of logarithms. */
  public static double[] exp(double[] logs) {
    return Arrays.stream(logs).map(Math::exp).toArray();
  }

  private static double[] logSoftmax(double[] logits) {
    double max = Arrays.stream(logits).max().orElse(0);
    double log = max + Math.log(Arrays.stream(logits).map(x -> Math.exp(x - max)).sum());
    return Arrays.stream(logits).map(x -> x - log).toArray();
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }
}
