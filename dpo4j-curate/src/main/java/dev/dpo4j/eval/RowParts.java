/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.eval;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/**
 * What each held-out row adds to a figure.
 *
 * <p>The mean over the rows is the figure, and their variance is that of the figure times the
 * number of rows. For a mean that is the value of the row. For a quotient of two sums and the like
 * it is the figure plus what the row changes in it to the first order (the delta method).
 */
public final class RowParts {
  private RowParts() {}

  /** The parts of a mean over all rows. */
  public static List<Double> mean(double[] values) {
    return Arrays.stream(values).boxed().toList();
  }

  /**
   * The parts of the sum of some values over the sum of some weights, such as a mean over tokens.
   *
   * @param sums what each row adds to the upper sum
   * @param weights what it adds to the lower one
   */
  public static List<Double> quotient(double[] sums, double[] weights) {
    double weight = Arrays.stream(weights).sum() / weights.length;
    double figure = Arrays.stream(sums).sum() / Arrays.stream(weights).sum();
    double[] parts = new double[sums.length];
    for (int i = 0; i < parts.length; i++) {
      parts[i] = figure + (sums[i] - figure * weights[i]) / weight;
    }
    return mean(parts);
  }

  /** The parts of accuracy, margin and loss of pairs, as the margin of each pair gives them. */
  public static Map<String, List<Double>> ofMargins(List<Double> margins) {
    Map<String, List<Double>> parts = new LinkedHashMap<>();
    parts.put("accuracy", each(margins, margin -> margin > 0 ? 1 : 0));
    parts.put("margin", List.copyOf(margins));
    parts.put("loss", each(margins, RowParts::loss));
    return parts;
  }

  /** The loss of a pair, -log sigmoid(margin); finite where exp(-margin) is not. */
  public static double loss(double margin) {
    return Math.max(0, -margin) + Math.log1p(Math.exp(-Math.abs(margin)));
  }

  private static List<Double> each(List<Double> margins, DoubleUnaryOperator what) {
    return margins.stream().map(what::applyAsDouble).toList();
  }

  /**
   * The mean of some runs for each row; nothing where a run has no parts of the figure, or not of
   * the same rows.
   */
  static double[] means(List<SweepTrial> trials, String figure) {
    int rows = trials.isEmpty() ? 0 : trials.get(0).parts(figure).size();
    double[] means = new double[rows];
    for (SweepTrial trial : trials) {
      List<Double> parts = trial.parts(figure);
      if (parts.size() != rows) {
        return new double[0];
      }
      for (int i = 0; i < rows; i++) {
        means[i] += parts.get(i) / trials.size();
      }
    }
    return means;
  }
}
