/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.stats;

import java.util.ArrayList;
import java.util.List;

/**
 * Whether a model is as often right as it is sure.
 *
 * @param bins cases of about the same confidence
 * @param error expected calibration error: the mean distance of confidence and share over the cases
 */
public record Reliability(List<Bin> bins, double error) {
  public Reliability {
    bins = List.copyOf(bins);
  }

  /**
   * Cases of about the same confidence.
   *
   * @param from lowest confidence of the bin
   * @param to highest
   * @param confidence mean confidence of its cases
   * @param right how many of them are right
   */
  public record Bin(double from, double to, double confidence, Proportion right) {}

  /**
   * Sorts cases into bins of equal width; bins without a case are left out.
   *
   * @param confidence of each case, between {@code from} and 1
   * @param right whether the case is right
   * @param from the lowest confidence that there can be
   * @param count bins
   */
  public static Reliability of(double[] confidence, boolean[] right, double from, int count) {
    double width = (1 - from) / count;
    double[] sums = new double[count];
    long[] hits = new long[count];
    long[] cases = new long[count];
    for (int i = 0; i < confidence.length; i++) {
      int bin =
          (int) Math.max(0, Math.min(count - 1.0, Math.floor((confidence[i] - from) / width)));
      sums[bin] += confidence[i];
      hits[bin] += right[i] ? 1 : 0;
      cases[bin]++;
    }
    List<Bin> bins = new ArrayList<>();
    double error = 0;
    for (int bin = 0; bin < count; bin++) {
      if (cases[bin] > 0) {
        double mean = sums[bin] / cases[bin];
        Proportion share = new Proportion(hits[bin], cases[bin]);
        bins.add(new Bin(from + bin * width, from + (bin + 1) * width, mean, share));
        error += Math.abs(share.value() - mean) * cases[bin] / confidence.length;
      }
    }
    return new Reliability(bins, confidence.length == 0 ? Double.NaN : error);
  }
}
