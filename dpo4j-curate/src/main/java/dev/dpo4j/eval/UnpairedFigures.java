/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.eval;

import dev.dpo4j.stats.Bootstrap;
import dev.dpo4j.stats.Estimate;
import dev.dpo4j.stats.Reliability;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Figures of single answers, each judged desirable or not, as KTO looks at them.
 *
 * <p>The reward of an answer is β (log π - log π_ref). The point of reference z is the mean of the
 * log-ratios of answers under the prompts of other rows, at least 0.
 */
public final class UnpairedFigures {
  private static final int BINS = 10;
  private static final double EVEN = 0.5;

  private final double[] logRatios;
  private final boolean[] desirable;
  private final double[] mismatched;
  private final double beta;

  /**
   * Takes the answers.
   *
   * @param logRatios log π - log π_ref of each answer, nats
   * @param desirable whether it is a good one
   * @param mismatched log-ratios of answers under other prompts
   */
  public UnpairedFigures(
      double[] logRatios, boolean[] desirable, double[] mismatched, double beta) {
    this.logRatios = logRatios.clone();
    this.desirable = desirable.clone();
    this.mismatched = mismatched.clone();
    this.beta = beta;
  }

  /** The point of reference, nats. */
  public double z() {
    return Math.max(0, Arrays.stream(mismatched).average().orElse(0));
  }

  /** Returns the figures by name, each with its interval. */
  public Map<String, Estimate> figures(long seed) {
    Bootstrap bootstrap = new Bootstrap(seed);
    double z = z();
    int rows = logRatios.length;
    Map<String, Estimate> figures = new LinkedHashMap<>();
    figures.put("accuracy", bootstrap.mean(hits(z)));
    figures.put("auc", bootstrap.of(rows, this::auc));
    figures.put("loss", bootstrap.mean(losses(z)));
    figures.put("desirable_reward", ofKind(bootstrap, true));
    figures.put("undesirable_reward", ofKind(bootstrap, false));
    figures.put(
        "margin", bootstrap.of(rows, drawn -> meanReward(drawn, true) - meanReward(drawn, false)));
    figures.put(
        "mismatched_kl",
        new Bootstrap(seed)
            .of(
                mismatched.length,
                drawn ->
                    Math.max(
                        0,
                        Arrays.stream(drawn).mapToDouble(i -> mismatched[i]).average().orElse(0))));
    return figures;
  }

  /**
   * What each answer adds to the figures that are means over answers or over kinds of answers, by
   * name. The point of reference is taken as given.
   */
  public Map<String, List<Double>> parts() {
    double z = z();
    Map<String, List<Double>> parts = new LinkedHashMap<>();
    parts.put("accuracy", RowParts.mean(hits(z)));
    parts.put("loss", RowParts.mean(losses(z)));
    double[] good = ofKinds(i -> desirable[i] ? beta * logRatios[i] : 0, true);
    double[] bad = ofKinds(i -> desirable[i] ? 0 : beta * logRatios[i], false);
    parts.put("desirable_reward", RowParts.mean(good));
    parts.put("undesirable_reward", RowParts.mean(bad));
    parts.put("margin", RowParts.mean(mapped(i -> good[i] - bad[i])));
    parts.put("auc", RowParts.mean(placements()));
    return parts;
  }

  /** The parts of a mean over the answers of one kind. */
  private double[] ofKinds(OfRow value, boolean kind) {
    return RowParts.quotient(mapped(value), mapped(i -> desirable[i] == kind ? 1 : 0)).stream()
        .mapToDouble(Double::doubleValue)
        .toArray();
  }

  /**
   * The parts of the area: how each answer stands to those of the other kind (DeLong, DeLong and
   * Clarke-Pearson, Biometrics 44, 1988).
   */
  private double[] placements() {
    int rows = logRatios.length;
    double area = auc(IntStream.range(0, rows).toArray());
    double good = IntStream.range(0, rows).filter(i -> desirable[i]).count();
    return mapped(
        i -> {
          double others = desirable[i] ? rows - good : good;
          double points =
              IntStream.range(0, rows)
                  .filter(other -> desirable[other] != desirable[i])
                  .mapToDouble(other -> EVEN * (1 + sign(i) * Math.signum(difference(i, other))))
                  .sum();
          return area + (points / others - area) * rows / (rows - others);
        });
  }

  private double difference(int row, int other) {
    return logRatios[row] - logRatios[other];
  }

  private double[] hits(double z) {
    return mapped(i -> right(i, z) ? 1 : 0);
  }

  private double[] losses(double z) {
    return mapped(i -> 1 - sigmoid(sign(i) * beta * (logRatios[i] - z)));
  }

  /** How sure the reward is of a label, and how often it is right then. */
  public Reliability reliability() {
    double z = z();
    double[] confidence = mapped(i -> sigmoid(Math.abs(beta * (logRatios[i] - z))));
    boolean[] right = new boolean[confidence.length];
    for (int i = 0; i < right.length; i++) {
      right[i] = right(i, z);
    }
    return Reliability.of(confidence, right, EVEN, BINS);
  }

  private interface OfRow {
    double of(int row);
  }

  private double[] mapped(OfRow what) {
    return IntStream.range(0, logRatios.length).mapToDouble(what::of).toArray();
  }

  private int sign(int row) {
    return desirable[row] ? 1 : -1;
  }

  /** Whether the reward is above that of the point of reference just where the label says so. */
  private boolean right(int row, double z) {
    return desirable[row] ? logRatios[row] > z : logRatios[row] < z;
  }

  private Estimate ofKind(Bootstrap bootstrap, boolean kind) {
    return bootstrap.mean(
        IntStream.range(0, logRatios.length)
            .filter(i -> desirable[i] == kind)
            .mapToDouble(i -> beta * logRatios[i])
            .toArray());
  }

  private double meanReward(int[] drawn, boolean kind) {
    return Arrays.stream(drawn)
        .filter(i -> desirable[i] == kind)
        .mapToDouble(i -> beta * logRatios[i])
        .average()
        .orElse(Double.NaN);
  }

  /** The share of good and bad answers of which the good one has the greater reward. */
  private double auc(int[] drawn) {
    double[] good =
        Arrays.stream(drawn)
            .filter(i -> desirable[i])
            .mapToDouble(i -> logRatios[i])
            .sorted()
            .toArray();
    double[] bad =
        Arrays.stream(drawn)
            .filter(i -> !desirable[i])
            .mapToDouble(i -> logRatios[i])
            .sorted()
            .toArray();
    double points = 0;
    int below = 0;
    int upTo = 0;
    for (double one : good) {
      while (below < bad.length && bad[below] < one) {
        below++;
      }
      upTo = Math.max(upTo, below);
      while (upTo < bad.length && bad[upTo] <= one) {
        upTo++;
      }
      points += below + 0.5 * (upTo - below);
    }
    return points / good.length / bad.length;
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }
}
