/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab;

import java.util.List;

/**
 * What became of one training run.
 *
 * @param method the method
 * @param strength by what the usual strength of its tie to the reference was multiplied
 * @param seed its seed
 * @param change what was different from the usual settings, or empty
 * @param work floating-point operations, sampling, judging and the reference counted
 * @param seconds what training took
 * @param cpuSeconds processor time of it, all threads together
 * @param steps steps of the loop
 * @param memory expected peak memory of the run, bytes
 * @param signal share of the trained tokens whose probability the loss pulled, mean over the steps
 * @param failure why the run ended early, or empty
 * @param points rewards and KL divergence before training, on the way and after
 * @param winRate share of held-out answers with a greater true reward than those of the start, a
 *     tie counting half, by temperature
 * @param sample an answer to the first held-out prompt, the most probable token taken each time
 */
record LabResult(
    LabMethod method,
    double strength,
    int seed,
    String change,
    double work,
    double seconds,
    double cpuSeconds,
    long steps,
    long memory,
    double signal,
    String failure,
    List<Point> points,
    List<Double> winRate,
    String sample) {

  /** Temperatures of {@link #winRate}. */
  static final List<Double> TEMPERATURES = List.of(0.0, 0.5, 1.0);

  LabResult {
    points = List.copyOf(points);
    winRate = List.copyOf(winRate);
  }

  /**
   * The policy at one time.
   *
   * @param work floating-point operations so far
   * @param seconds of training so far
   * @param cpuSeconds processor time of training so far
   * @param trueReward mean true reward of drawn answers
   * @param learnedReward mean reward by the reward model
   * @param kl mean log-ratio of drawn answers to the start, nats
   */
  record Point(
      double work,
      double seconds,
      double cpuSeconds,
      double trueReward,
      double learnedReward,
      double kl) {}

  /** The policy when training ended. */
  Point last() {
    return points.get(points.size() - 1);
  }
}
