/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.stats;

/**
 * What a share would be if both answers had the same length.
 *
 * <p>A logistic regression of being right on the standardised difference of lengths, as in the
 * length-controlled win rate of AlpacaEval (Dubois and others, arXiv 2404.04475); the figure is its
 * value at a difference of 0. A weak normal prior on both coefficients keeps them finite where all
 * cases are right or where length alone separates them.
 */
public final class LengthControl {
  private static final double PRIOR = 0.01;
  private static final int ITERATIONS = 30;
  private static final double CONVERGED = 1e-10;

  private final double[] lengths;
  private final double[] points;

  /**
   * Takes the cases.
   *
   * @param differences by how much the better answer is longer
   * @param right whether the model is right
   */
  public LengthControl(double[] differences, boolean[] right) {
    this(differences, points(right));
  }

  private static double[] points(boolean[] right) {
    double[] points = new double[right.length];
    for (int i = 0; i < points.length; i++) {
      points[i] = right[i] ? 1 : 0;
    }
    return points;
  }

  /**
   * Takes cases of which some are half right.
   *
   * @param differences by how much the better answer is longer
   * @param points 1 where the model is right, a half for a tie
   */
  public LengthControl(double[] differences, double[] points) {
    this.points = points.clone();
    this.lengths = new double[differences.length];
    double squares = 0;
    for (double difference : differences) {
      squares += difference * difference;
    }
    // Around 0, not around the mean: equal lengths stay 0.
    double scale = squares == 0 ? 1 : Math.sqrt(squares / differences.length);
    for (int i = 0; i < differences.length; i++) {
      lengths[i] = differences[i] / scale;
    }
  }

  /** The share at equal lengths with its interval. */
  public Estimate estimate(Bootstrap bootstrap) {
    return bootstrap.of(points.length, this::share);
  }

  private double share(int[] places) {
    double a = 0;
    double b = 0;
    for (int iteration = 0; iteration < ITERATIONS; iteration++) {
      double ga = -PRIOR * a;
      double gb = -PRIOR * b;
      double haa = PRIOR;
      double hab = 0;
      double hbb = PRIOR;
      for (int i : places) {
        double p = logistic(a + b * lengths[i]);
        double residual = points[i] - p;
        double weight = p * (1 - p);
        ga += residual;
        gb += residual * lengths[i];
        haa += weight;
        hab += weight * lengths[i];
        hbb += weight * lengths[i] * lengths[i];
      }
      double determinant = haa * hbb - hab * hab;
      double stepA = (hbb * ga - hab * gb) / determinant;
      double stepB = (haa * gb - hab * ga) / determinant;
      a += stepA;
      b += stepB;
      if (Math.abs(stepA) + Math.abs(stepB) < CONVERGED) {
        break;
      }
    }
    return logistic(a);
  }

  private static double logistic(double x) {
    return 1 / (1 + Math.exp(-x));
  }
}
