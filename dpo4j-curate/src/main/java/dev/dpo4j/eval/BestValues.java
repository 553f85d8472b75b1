/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** Which value of a key is best, and which others the noise of seeds and rows leaves possible. */
final class BestValues {
  private static final int DRAWS = 2000;
  private static final double TAIL = 0.025;

  private final List<SweepPoint> points;
  private final String metric;
  private final boolean greater;

  BestValues(List<SweepPoint> points, String metric, boolean greater) {
    this.points = points;
    this.metric = metric;
    this.greater = greater;
  }

  /** Whether one figure is better than another. */
  static boolean better(double value, double than, boolean greater) {
    return greater ? value > than : value < than;
  }

  /**
   * For each key the values that were best in the draws, with their shares of the draws. Draws take
   * seeds and rows with replacement, the same for all points. What is equally good shares a draw.
   */
  Map<String, Map<String, Double>> shares(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] wins = new double[points.size()];
    int seeds = points.stream().mapToInt(point -> point.trials().size()).min().orElse(0);
    if (seeds == 0) {
      return Map.of();
    }
    int rows =
        points.stream()
            .flatMap(point -> point.trials().stream())
            .mapToInt(trial -> trial.parts(metric).size())
            .min()
            .orElse(0);
    double[][][] values = values(seeds, rows);
    for (int draw = 0; draw < DRAWS; draw++) {
      int[] drawnSeeds = random.ints(seeds, 0, seeds).toArray();
      int[] drawnRows = rows == 0 ? new int[1] : random.ints(rows, 0, rows).toArray();
      double[] means = new double[points.size()];
      for (int p = 0; p < means.length; p++) {
        for (int s : drawnSeeds) {
          for (int r : drawnRows) {
            means[p] += values[p][s][r];
          }
        }
      }
      share(means, wins);
    }
    return byKey(wins);
  }

  private void share(double[] means, double[] wins) {
    double best =
        greater ? Arrays.stream(means).max().orElse(0) : Arrays.stream(means).min().orElse(0);
    long equal = Arrays.stream(means).filter(mean -> mean == best).count();
    for (int p = 0; p < means.length; p++) {
      wins[p] += means[p] == best ? 1.0 / equal / DRAWS : 0;
    }
  }

  /** A value of each point, seed and row; one row where the figure is no mean over rows. */
  private double[][][] values(int seeds, int rows) {
    double[][][] values = new double[points.size()][seeds][Math.max(1, rows)];
    for (int p = 0; p < values.length; p++) {
      for (int s = 0; s < seeds; s++) {
        SweepTrial trial = points.get(p).trials().get(s);
        if (rows == 0) {
          values[p][s][0] = trial.figures().getOrDefault(metric, Double.NaN);
        } else {
          for (int r = 0; r < rows; r++) {
            values[p][s][r] = trial.parts(metric).get(r);
          }
        }
      }
    }
    return values;
  }

  private Map<String, Map<String, Double>> byKey(double[] wins) {
    Map<String, Map<String, Double>> shares = new LinkedHashMap<>();
    for (int p = 0; p < wins.length; p++) {
      double won = wins[p];
      points
          .get(p)
          .settings()
          .forEach(
              (key, value) ->
                  shares
                      .computeIfAbsent(key, added -> new LinkedHashMap<>())
                      .merge(value, won, Double::sum));
    }
    return shares;
  }

  /**
   * The least and the greatest value of a key that are not in the outer 2.5 % of the draws; for
   * values that are no numbers, those that together have 95 % of them, the likeliest first.
   */
  static List<String> interval(Map<String, Double> shares) {
    TreeMap<Double, String> numbers = new TreeMap<>();
    for (String value : shares.keySet()) {
      try {
        numbers.put(Double.parseDouble(value), value);
      } catch (NumberFormatException e) {
        return likeliest(shares);
      }
    }
    String low = "";
    String high = "";
    double sum = 0;
    for (String value : numbers.values()) {
      double share = shares.getOrDefault(value, 0.0);
      if (low.isEmpty() && sum + share > TAIL) {
        low = value;
      }
      if (sum < 1 - TAIL && share > 0) {
        high = value;
      }
      sum += share;
    }
    return low.equals(high) ? List.of(low) : List.of(low, high);
  }

  private static List<String> likeliest(Map<String, Double> shares) {
    List<String> kept = new ArrayList<>();
    double sum = 0;
    for (Map.Entry<String, Double> entry :
        shares.entrySet().stream()
            .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
            .toList()) {
      if (sum < 1 - 2 * TAIL) {
        kept.add(entry.getKey());
        sum += entry.getValue();
      }
    }
    return kept;
  }
}
