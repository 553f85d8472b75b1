/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.eval;

import dev.dpo4j.stats.Bootstrap;
import dev.dpo4j.stats.Estimate;
import dev.dpo4j.stats.LengthControl;
import dev.dpo4j.stats.Proportion;
import dev.dpo4j.stats.Reliability;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/** Computes the figures of scored pairs. */
public final class PairFigures {
  private static final int BINS = 10;
  private static final double EVEN = 0.5;

  private final double beta;
  private final long seed;

  /**
   * Prepares to compute.
   *
   * @param beta of the implicit reward
   * @param seed of the draws for the intervals
   */
  public PairFigures(double beta, long seed) {
    this.beta = beta;
    this.seed = seed;
  }

  /**
   * Returns the figures by name; those that need a reference or scores are left out without them.
   */
  public Map<String, Estimate> of(List<ScoredPair> pairs) {
    Map<String, Estimate> figures = new LinkedHashMap<>();
    figures.put("accuracy", share(pairs, pair -> pair.right(beta)));
    figures.put(
        "length_controlled_accuracy",
        new LengthControl(
                pairs.stream()
                    .mapToDouble(pair -> pair.chosenTokens() - (double) pair.rejectedTokens())
                    .toArray(),
                right(pairs))
            .estimate(new Bootstrap(seed)));
    if (!pairs.isEmpty() && pairs.get(0).hasReference()) {
      figures.put("margin", mean(pairs, pair -> pair.margin(beta)));
      figures.put("loss", mean(pairs, pair -> pair.loss(beta)));
      figures.put("displacement", displacement(pairs));
      figures.put("logp_accuracy", share(pairs, pair -> pair.chosen() > pair.rejected()));
      figures.put(
          "reference_logp_accuracy",
          share(pairs, pair -> pair.referenceChosen() > pair.referenceRejected()));
    }
    List<ScoredPair> scored =
        pairs.stream().filter(pair -> !Double.isNaN(pair.scoreMargin())).toList();
    if (!scored.isEmpty()) {
      figures.put("score_accuracy", share(scored, pair -> pair.scoreMargin() > 0));
      figures.put(
          "score_agreement", share(scored, pair -> pair.right(beta) == (pair.scoreMargin() > 0)));
    }
    return figures;
  }

  /** What each pair adds to the figures that are means over pairs, by name. */
  public Map<String, List<Double>> parts(List<ScoredPair> pairs) {
    Map<String, List<Double>> parts =
        new LinkedHashMap<>(
            RowParts.ofMargins(pairs.stream().map(pair -> pair.margin(beta)).toList()));
    if (!pairs.isEmpty() && pairs.get(0).hasReference()) {
      parts.put("displacement", RowParts.quotient(gains(pairs), chosenTokens(pairs)));
      parts.put("logp_accuracy", hits(pairs, pair -> pair.chosen() > pair.rejected()));
      parts.put(
          "reference_logp_accuracy",
          hits(pairs, pair -> pair.referenceChosen() > pair.referenceRejected()));
    }
    return parts;
  }

  /** How sure the implicit reward is, and how often it is right then. */
  public Reliability reliability(List<ScoredPair> pairs) {
    double[] confidence =
        pairs.stream()
            .mapToDouble(pair -> 1 / (1 + Math.exp(-Math.abs(pair.margin(beta)))))
            .toArray();
    return Reliability.of(confidence, right(pairs), EVEN, BINS);
  }

  /** Returns the rows of each group in the order in which the groups appear. */
  public static Map<String, List<ScoredPair>> slices(List<ScoredPair> pairs, String by) {
    Map<String, List<ScoredPair>> groups = new LinkedHashMap<>();
    for (ScoredPair pair : pairs) {
      groups
          .computeIfAbsent(pair.slices().getOrDefault(by, ""), added -> new java.util.ArrayList<>())
          .add(pair);
    }
    return groups;
  }

  private Estimate displacement(List<ScoredPair> pairs) {
    return new Bootstrap(seed).ratio(gains(pairs), chosenTokens(pairs));
  }

  /** What the chosen answers have gained against the reference, nats. */
  private static double[] gains(List<ScoredPair> pairs) {
    return pairs.stream().mapToDouble(pair -> pair.chosen() - pair.referenceChosen()).toArray();
  }

  private static double[] chosenTokens(List<ScoredPair> pairs) {
    return pairs.stream().mapToDouble(ScoredPair::chosenTokens).toArray();
  }

  private boolean[] right(List<ScoredPair> pairs) {
    boolean[] right = new boolean[pairs.size()];
    for (int i = 0; i < right.length; i++) {
      right[i] = pairs.get(i).right(beta);
    }
    return right;
  }

  private static List<Double> hits(List<ScoredPair> pairs, Predicate<ScoredPair> what) {
    return RowParts.mean(pairs.stream().mapToDouble(pair -> what.test(pair) ? 1 : 0).toArray());
  }

  private static Estimate share(List<ScoredPair> pairs, Predicate<ScoredPair> what) {
    return Estimate.of(new Proportion(pairs.stream().filter(what).count(), pairs.size()));
  }

  private Estimate mean(List<ScoredPair> pairs, ToDoubleFunction<ScoredPair> what) {
    return new Bootstrap(seed).mean(pairs.stream().mapToDouble(what).toArray());
  }
}
