/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.eval;

import dev.dpo4j.stats.Bootstrap;
import dev.dpo4j.stats.Estimate;
import dev.dpo4j.stats.PairedTest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/**
 * A figure of one model minus that of another, on the same rows.
 *
 * @param difference first minus second with its interval
 * @param p probability of so large a difference, if the models were equally good: McNemar's exact
 *     test for shares, random signs for means
 */
public record PairedDifference(Estimate difference, double p) {

  /**
   * Compares two models.
   *
   * @param first pairs as the first model scores them
   * @param second the same pairs as the second scores them
   * @throws IllegalArgumentException if they are not the same rows
   */
  public static Map<String, PairedDifference> of(
      List<ScoredPair> first, List<ScoredPair> second, double beta, long seed) {
    if (first.size() != second.size()) {
      throw new IllegalArgumentException(
          "the models scored %d and %d rows".formatted(first.size(), second.size()));
    }
    Map<String, PairedDifference> all = new LinkedHashMap<>();
    all.put("accuracy", shares(first, second, pair -> pair.right(beta), seed));
    if (!first.isEmpty() && first.get(0).hasReference()) {
      all.put("margin", means(first, second, pair -> pair.margin(beta), seed));
      all.put("loss", means(first, second, pair -> pair.loss(beta), seed));
    }
    all.put("logp_accuracy", shares(first, second, pair -> pair.chosen() > pair.rejected(), seed));
    return all;
  }

  /** The accuracy of the log-probabilities of a model minus that of its reference. */
  public static PairedDifference againstReference(List<ScoredPair> pairs, long seed) {
    List<ScoredPair> reference =
        pairs.stream()
            .map(
                pair ->
                    new ScoredPair(
                        pair.row(),
                        pair.referenceChosen(),
                        pair.referenceRejected(),
                        Double.NaN,
                        Double.NaN,
                        pair.chosenTokens(),
                        pair.rejectedTokens(),
                        pair.scoreMargin(),
                        pair.slices()))
            .toList();
    return shares(pairs, reference, pair -> pair.chosen() > pair.rejected(), seed);
  }

  private static PairedDifference shares(
      List<ScoredPair> first, List<ScoredPair> second, Predicate<ScoredPair> right, long seed) {
    int onlyFirst = 0;
    int onlySecond = 0;
    double[] differences = new double[first.size()];
    for (int i = 0; i < differences.length; i++) {
      boolean a = right.test(first.get(i));
      boolean b = right.test(second.get(i));
      onlyFirst += a && !b ? 1 : 0;
      onlySecond += b && !a ? 1 : 0;
      differences[i] = (a ? 1 : 0) - (b ? 1 : 0);
    }
    return new PairedDifference(
        new Bootstrap(seed).mean(differences), PairedTest.mcNemar(onlyFirst, onlySecond));
  }

  private static PairedDifference means(
      List<ScoredPair> first,
      List<ScoredPair> second,
      ToDoubleFunction<ScoredPair> figure,
      long seed) {
    double[] differences = new double[first.size()];
    for (int i = 0; i < differences.length; i++) {
      differences[i] = figure.applyAsDouble(first.get(i)) - figure.applyAsDouble(second.get(i));
    }
    return new PairedDifference(
        new Bootstrap(seed).mean(differences), PairedTest.signFlip(differences, seed));
  }
}
