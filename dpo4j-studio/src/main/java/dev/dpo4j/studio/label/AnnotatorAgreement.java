/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import dev.dpo4j.stats.Agreement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * How far annotators agree beyond chance, over the verdicts (which answer is best, a tie, all bad)
 * taken as names without an order.
 *
 * <p>{@code kappa = (p_o - p_e) / (1 - p_e)}, where {@code p_o} is the share of rows with the same
 * verdict and {@code p_e} the share expected if the verdicts kept their frequencies and were chosen
 * at random. For two annotators it is Cohen's, see {@link Agreement}. For more: Fleiss, "Measuring
 * nominal scale agreement among many raters", 1971, with the pooled frequencies; a row may have any
 * number of verdicts from two on, and every row weighs the same. Where all verdicts are the same,
 * kappa is 0/0 and null here.
 */
final class AnnotatorAgreement {
  /**
   * Two annotators.
   *
   * @param first one name
   * @param second the other name, later in the alphabet
   * @param rows rows that both have judged
   * @param observed share of them with the same verdict
   * @param kappa Cohen's kappa, or null where it is not defined
   */
  record Pair(String first, String second, int rows, double observed, @Nullable Double kappa) {}

  /**
   * All annotators.
   *
   * @param rows rows with two verdicts or more
   * @param observed mean share of pairs of verdicts on a row that are the same
   * @param kappa Fleiss' kappa, or null where it is not defined
   */
  record All(int rows, double observed, @Nullable Double kappa) {}

  private AnnotatorAgreement() {}

  /** Compares every two annotators that have a row in common. */
  static List<Pair> pairs(Collection<Map<String, BestAnswer>> rows) {
    TreeSet<String> names = new TreeSet<>();
    rows.forEach(row -> names.addAll(row.keySet()));
    List<Pair> pairs = new ArrayList<>();
    for (String first : names) {
      for (String second : names.tailSet(first, false)) {
        List<BestAnswer[]> common =
            rows.stream()
                .filter(row -> row.containsKey(first) && row.containsKey(second))
                .map(row -> new BestAnswer[] {row.get(first), row.get(second)})
                .toList();
        if (!common.isEmpty()) {
          pairs.add(pair(first, second, common));
        }
      }
    }
    return pairs;
  }

  private static Pair pair(String first, String second, List<BestAnswer[]> common) {
    List<BestAnswer> verdicts = List.of(BestAnswer.values());
    long[][] counts = new long[verdicts.size()][verdicts.size()];
    for (BestAnswer[] both : common) {
      counts[verdicts.indexOf(both[0])][verdicts.indexOf(both[1])]++;
    }
    Agreement table = new Agreement(verdicts.stream().map(BestAnswer::name).toList(), counts);
    double kappa = table.kappa();
    return new Pair(
        first,
        second,
        common.size(),
        table.observed().value(),
        Double.isNaN(kappa) ? null : (Double) kappa);
  }

  /** Compares all annotators at once; null if no row has two verdicts. */
  static @Nullable All all(Collection<Map<String, BestAnswer>> rows) {
    Map<BestAnswer, Double> shares = new EnumMap<>(BestAnswer.class);
    int n = 0;
    double observed = 0;
    for (Map<String, BestAnswer> row : rows) {
      int raters = row.size();
      if (raters < 2) {
        continue;
      }
      n++;
      Map<BestAnswer, Integer> counts = new LinkedHashMap<>();
      row.values().forEach(verdict -> counts.merge(verdict, 1, Integer::sum));
      for (Map.Entry<BestAnswer, Integer> entry : counts.entrySet()) {
        int count = entry.getValue();
        observed += (double) count * (count - 1) / (raters * (raters - 1.0));
        shares.merge(entry.getKey(), (double) count / raters, Double::sum);
      }
    }
    if (n == 0) {
      return null;
    }
    double expected = 0;
    for (double share : shares.values()) {
      expected += share / n * share / n;
    }
    // Shares that are all one verdict's add up to 1 but for rounding.
    boolean defined = expected <= 1 - 1e-12;
    double share = observed / n;
    return new All(n, share, defined ? (Double) ((share - expected) / (1 - expected)) : null);
  }
}
