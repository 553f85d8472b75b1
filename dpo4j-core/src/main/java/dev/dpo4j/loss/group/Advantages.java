/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.group;

import java.util.Arrays;
import java.util.List;

/**
 * By how much each answer is better than the others to its prompt.
 *
 * <p>The arrays are not copied; nobody may change them.
 *
 * @param values for each answer; 0 for one whose reward is unknown, so that it moves nothing
 * @param equal for each group, whether its known rewards are all the same, so that nothing is
 *     learnt from it
 * @param zeroDeviation the share of answers whose rewards do not deviate, as TRL counts them
 */
@SuppressWarnings("ArrayRecordComponent") // numbers on the hot path; never compared
public record Advantages(double[] values, boolean[] equal, double zeroDeviation) {
  /** What keeps a quotient finite where rewards do not deviate. */
  private static final double EPSILON = 1e-4;

  /** Below this a deviation counts as none. */
  private static final double NONE = 1e-8;

  /** By what rewards less their group's mean are divided. */
  public enum Scale {
    /** The standard deviation of the group (GRPO, arXiv 2402.03300). */
    GROUP,
    /** The standard deviation of all answers of the rollout (arXiv 2508.08221). */
    BATCH,
    /** Nothing (Dr. GRPO, arXiv 2503.20783). */
    NONE
  }

  /**
   * GRPO: the reward less the mean of the group, divided by a deviation.
   *
   * @param rewards of all answers, group after group; NaN for an unknown one
   * @param group answers of a group
   */
  public static Advantages normalized(double[] rewards, int group, Scale scale) {
    double[] values = new double[rewards.length];
    double[] deviations = new double[rewards.length];
    double whole = KnownNumbers.of(rewards).std();
    boolean[] equal = equalGroups(rewards, group);
    for (int from = 0; from < rewards.length; from += group) {
      KnownNumbers known = KnownNumbers.of(rewards, from, from + group);
      double deviation = scale == Scale.BATCH ? whole : known.std();
      for (int i = from; i < from + group; i++) {
        deviations[i] = deviation;
        double lead = equal[i / group] ? 0 : rewards[i] - known.mean();
        values[i] = scale == Scale.NONE ? lead : lead / (deviation + EPSILON);
      }
    }
    return of(values, equal, deviations);
  }

  /**
   * GDPO: each reward is normalised within its group first, then they are added up and normalised
   * over the rollout (arXiv 2601.05242).
   *
   * @param rewards for each reward, the numbers of all answers, group after group
   * @param weights of each reward
   * @param group answers of a group
   */
  public static Advantages decoupled(List<double[]> rewards, List<Double> weights, int group) {
    int count = rewards.get(0).length;
    double[] sums = new double[count];
    boolean[] known = new boolean[count];
    boolean[] equal = new boolean[count / group];
    Arrays.fill(equal, true);
    for (int k = 0; k < rewards.size(); k++) {
      double[] own = rewards.get(k);
      for (int from = 0; from < count; from += group) {
        KnownNumbers numbers = KnownNumbers.of(own, from, from + group);
        equal[from / group] &= KnownNumbers.areEqual(own, from, from + group);
        for (int i = from; i < from + group; i++) {
          double share = (own[i] - numbers.mean()) / (numbers.std() + EPSILON);
          known[i] |= !Double.isNaN(own[i]);
          sums[i] += Double.isNaN(share) ? 0 : weights.get(k) * share;
        }
      }
    }
    for (int i = 0; i < count; i++) {
      sums[i] = known[i] ? sums[i] : Double.NaN;
    }
    KnownNumbers all = KnownNumbers.of(sums);
    double[] values = new double[count];
    double[] deviations = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = (sums[i] - all.mean()) / (all.std() + EPSILON);
      deviations[i] = all.std();
    }
    // What is normalised over the rollout moves groups of equal rewards too.
    return of(values, new boolean[equal.length], deviations);
  }

  /**
   * RLOO: the reward less the mean of the other answers' (arXiv 2402.14740).
   *
   * @param rewards of all answers, group after group; NaN for an unknown one
   * @param group answers of a group
   * @param normalize whether the advantages are normalised over the rollout
   */
  public static Advantages leaveOneOut(double[] rewards, int group, boolean normalize) {
    double[] values = new double[rewards.length];
    double[] deviations = new double[rewards.length];
    boolean[] equal = equalGroups(rewards, group);
    for (int from = 0; from < rewards.length; from += group) {
      KnownNumbers known = KnownNumbers.of(rewards, from, from + group);
      for (int i = from; i < from + group; i++) {
        deviations[i] = known.std();
        double others = (known.mean() * known.count() - rewards[i]) / (known.count() - 1);
        values[i] = equal[i / group] ? 0 * rewards[i] : rewards[i] - others;
      }
    }
    if (normalize) {
      KnownNumbers all = KnownNumbers.of(values);
      for (int i = 0; i < values.length; i++) {
        values[i] = (values[i] - all.mean()) / (all.std() + EPSILON);
      }
      equal = new boolean[equal.length];
    }
    return of(values, equal, deviations);
  }

  private static boolean[] equalGroups(double[] rewards, int group) {
    boolean[] equal = new boolean[rewards.length / group];
    for (int g = 0; g < equal.length; g++) {
      equal[g] = KnownNumbers.areEqual(rewards, g * group, (g + 1) * group);
    }
    return equal;
  }

  private static Advantages of(double[] values, boolean[] equal, double[] deviations) {
    int none = 0;
    for (int i = 0; i < values.length; i++) {
      none += Math.abs(deviations[i]) <= NONE ? 1 : 0;
      // Neither 0/0 nor an unknown reward moves the policy; nor does an infinite quotient.
      values[i] = Double.isFinite(values[i]) ? values[i] : 0;
    }
    return new Advantages(values, equal, none / (double) Math.max(1, values.length));
  }
}
