/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.eval;

import dev.dpo4j.stats.Estimate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a sweep found: each point with its figures, which is best, and which differences are more
 * than noise.
 *
 * @param facts model, data and options, by name
 * @param metric the figure that decides
 * @param greater whether more of it is better
 * @param points all combinations that were tried
 * @param best place of the best point, -1 where none ended as it should
 * @param bestValues for each key the share of the draws in which each value was best
 * @param differences the best point minus each other one of the last round
 */
public record SweepReport(
    Map<String, String> facts,
    String metric,
    boolean greater,
    List<SweepPoint> points,
    int best,
    Map<String, Map<String, Double>> bestValues,
    List<Difference> differences) {
  /** Fewer seeds do not show how much runs differ. */
  public static final int LEAST_SEEDS = 3;

  private static final double LEVEL = 0.05;

  /** Figures of which less is better. */
  private static final Set<String> SMALL =
      Set.of("loss", "kl", "repetition", "cut_off", "brushed_off", "answer_tokens");

  public SweepReport {
    facts = Collections.unmodifiableMap(new LinkedHashMap<>(facts));
    points = List.copyOf(points);
    bestValues = Collections.unmodifiableMap(new LinkedHashMap<>(bestValues));
    differences = List.copyOf(differences);
  }

  /**
   * The best point minus another one.
   *
   * @param point place of the other point
   * @param difference with its interval, over the same seeds and rows
   * @param p probability of so large a difference, if both were equally good, NaN of one seed
   * @param beyondNoise whether it is more than noise: at least three seeds, and p below 0.05 after
   *     Holm's correction for the number of points
   */
  public record Difference(int point, Estimate difference, double p, boolean beyondNoise) {}

  /** Whether more of a figure is better. */
  public static boolean prefersGreater(String metric) {
    return !SMALL.contains(metric);
  }

  /**
   * Puts the runs of a sweep together.
   *
   * @param seed of the draws
   */
  public static SweepReport of(
      Map<String, String> facts, String metric, List<SweepTrial> trials, long seed) {
    List<SweepPoint> points = SweepPoint.of(trials);
    boolean greater = prefersGreater(metric);
    double whole = points.stream().mapToDouble(SweepPoint::share).max().orElse(1);
    List<Integer> last = new ArrayList<>();
    int best = -1;
    for (int i = 0; i < points.size(); i++) {
      Estimate found = points.get(i).figures().get(metric);
      if (points.get(i).share() == whole && found != null) {
        last.add(i);
        Estimate leader = best < 0 ? null : points.get(best).figures().get(metric);
        if (leader == null || BestValues.better(found.value(), leader.value(), greater)) {
          best = i;
        }
      }
    }
    List<SweepPoint> finalists = last.stream().map(points::get).toList();
    return new SweepReport(
        facts,
        metric,
        greater,
        points,
        best,
        new BestValues(finalists, metric, greater).shares(seed),
        best < 0 ? List.of() : differences(points, last, best, metric));
  }

  private static List<Difference> differences(
      List<SweepPoint> points, List<Integer> last, int best, String metric) {
    List<Difference> found = new ArrayList<>();
    for (int i : last) {
      if (i != best) {
        found.add(difference(points.get(best), points.get(i), i, metric));
      }
    }
    return holm(found);
  }

  private static Difference difference(SweepPoint a, SweepPoint b, int place, String metric) {
    List<SweepTrial> ofA = new ArrayList<>();
    List<SweepTrial> ofB = new ArrayList<>();
    for (SweepTrial trial : a.trials()) {
      b.trials().stream()
          .filter(other -> other.seed() == trial.seed())
          .findFirst()
          .ifPresent(
              other -> {
                ofA.add(trial);
                ofB.add(other);
              });
    }
    List<Double> seeds = new ArrayList<>();
    for (int s = 0; s < ofA.size(); s++) {
      seeds.add(value(ofA.get(s), metric) - value(ofB.get(s), metric));
    }
    if (seeds.isEmpty()) {
      return new Difference(place, Estimate.NONE, Double.NaN, false);
    }
    double[] rows = RowParts.means(ofA, metric);
    double[] others = RowParts.means(ofB, metric);
    for (int r = 0; r < rows.length; r++) {
      rows[r] = rows.length == others.length ? rows[r] - others[r] : Double.NaN;
    }
    SeedMeans.Mean mean = SeedMeans.of(seeds, rows);
    return new Difference(place, mean.estimate(seeds.size()), mean.p(), false);
  }

  private static double value(SweepTrial trial, String metric) {
    return trial.figures().getOrDefault(metric, Double.NaN);
  }

  /** The correction of Holm (Scand. J. Statist. 6, 1979): the smallest p is held to the most. */
  private static List<Difference> holm(List<Difference> all) {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      order.add(i);
    }
    order.sort((a, b) -> Double.compare(all.get(a).p(), all.get(b).p()));
    List<Difference> judged = new ArrayList<>(all);
    boolean going = true;
    for (int rank = 0; rank < order.size(); rank++) {
      Difference one = all.get(order.get(rank));
      going &= one.p() <= LEVEL / (order.size() - rank);
      boolean seeds = one.difference().cases() >= LEAST_SEEDS;
      judged.set(
          order.get(rank), new Difference(one.point(), one.difference(), one.p(), going && seeds));
    }
    return judged;
  }

  /** The values of a key between which the best one lies in 95 % of the draws. */
  public List<String> interval(String key) {
    return BestValues.interval(bestValues.getOrDefault(key, Map.of()));
  }

  /**
   * The difference of a point to the best one, null for the best and for those of earlier rounds.
   */
  public @Nullable Difference of(int point) {
    return differences.stream().filter(one -> one.point() == point).findFirst().orElse(null);
  }

  /** Returns the report as one JSON object. */
  public String toJson() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("facts", facts);
    map.put("metric", metric);
    map.put("greater_is_better", greater);
    List<Map<String, Object>> written = new ArrayList<>();
    for (int i = 0; i < points.size(); i++) {
      written.add(point(i));
    }
    map.put("points", written);
    map.put("best", best);
    Map<String, Object> values = new LinkedHashMap<>();
    bestValues.forEach(
        (key, shares) -> {
          Map<String, Object> one = new LinkedHashMap<>();
          one.put("best", best < 0 ? "" : points.get(best).settings().getOrDefault(key, ""));
          one.put("interval", interval(key));
          one.put("shares", shares);
          values.put(key, one);
        });
    map.put("best_values", values);
    return JsonMapper.shared().writeValueAsString(map);
  }

  private Map<String, Object> point(int place) {
    SweepPoint point = points.get(place);
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("settings", point.settings());
    map.put("share", point.share());
    map.put("runs", point.trials().stream().map(SweepTrial::name).toList());
    map.put("seeds", point.trials().stream().map(SweepTrial::seed).toList());
    map.put("diverged", point.diverged());
    Map<String, Object> figures = new LinkedHashMap<>();
    point.figures().forEach((name, found) -> figures.put(name, EvalReport.estimate(found)));
    map.put("figures", figures);
    Difference difference = of(place);
    if (difference != null) {
      Map<String, @Nullable Object> minus = EvalReport.estimate(difference.difference());
      minus.put("p", EvalReport.finite(difference.p()));
      minus.put("beyond_noise", difference.beyondNoise());
      map.put("best_minus_this", minus);
    }
    return map;
  }
}
