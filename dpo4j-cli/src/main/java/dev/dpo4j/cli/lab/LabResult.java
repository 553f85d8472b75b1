/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab;

import java.util.List;

/**
 * What became of one training run.
 *
 * @param method the method
 * @param strength by what the usual strength of its tie to the reference was multiplied
 * @param seed its seed
 * @param models models in memory
 * @param work floating-point operations, sampling and judging counted
 * @param seconds what it took
 * @param steps optimizer steps of the loop
 * @param points true and learned reward and KL divergence, before training, on the way and after
 * @param winRate share of held-out answers with a greater true reward than those of the start, a
 *     tie counting half, by temperature
 * @param sample an answer to the first held-out prompt
 */
record LabResult(
    String method,
    double strength,
    int seed,
    int models,
    double work,
    double seconds,
    long steps,
    List<Point> points,
    List<Double> winRate,
    String sample) {

  /** Temperatures of {@link #winRate}. */
  static final List<Double> TEMPERATURES = List.of(0.0, 0.5, 1.0);

  /**
   * The policy at one time.
   *
   * @param work floating-point operations so far
   * @param seconds of training so far
   * @param trueReward mean true reward of drawn answers
   * @param learnedReward mean reward by the reward model
   * @param kl mean log-ratio of drawn answers to the start, nats
   */
  record Point(double work, double seconds, double trueReward, double learnedReward, double kl) {}

  Point last() {
    return points.get(points.size() - 1);
  }
}
