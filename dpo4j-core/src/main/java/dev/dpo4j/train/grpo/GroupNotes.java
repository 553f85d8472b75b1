/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.grpo;

import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.rollout.RolloutMaker;
import java.util.ArrayList;
import java.util.List;

/** Counts what happens to groups of answers, and says what a user should know of it. */
final class GroupNotes {
  private final TrainListener listener;
  private final RolloutMaker maker;
  private final boolean skips;
  private final List<Double> flos = new ArrayList<>();
  private long groups;
  private long equal;
  private long unknown;
  private long empty;
  private boolean saidEqual;
  private boolean saidUnknown;
  private boolean saidEmpty;
  private double step;
  private long started;
  private double seconds;

  /**
   * Counts nothing yet.
   *
   * @param skips whether groups whose rewards are all equal are left out
   */
  GroupNotes(TrainListener listener, RolloutMaker maker, boolean skips) {
    this.listener = listener;
    this.maker = maker;
    this.skips = skips;
  }

  void begin() {
    step = 0;
    started = System.nanoTime();
  }

  void addFlos(double more) {
    step += more;
  }

  void end() {
    flos.add(step);
    seconds += (System.nanoTime() - started) / 1e9;
  }

  double flos(long number) {
    return flos.get((int) (number - 1));
  }

  GroupState.Counts counts() {
    return new GroupState.Counts(List.copyOf(flos), groups, equal, unknown, empty);
  }

  void restore(GroupState.Counts counts) {
    flos.clear();
    flos.addAll(counts.flos());
    groups = counts.groups();
    equal = counts.equal();
    unknown = counts.unknown();
    empty = counts.empty();
  }

  /** Looks at a new rollout. */
  void rolledOut(GroupBlock block) {
    boolean[] same = block.advantages().equal();
    int flat = 0;
    for (boolean group : same) {
      flat += group ? 1 : 0;
    }
    groups += same.length;
    equal += flat;
    double[] totals = block.rollout().rewards().totals();
    int lost = 0;
    for (double total : totals) {
      lost += Double.isNaN(total) ? 1 : 0;
    }
    unknown += lost;
    long without =
        block.samples().stream().filter(sample -> sample.completion().ids().length == 0).count();
    empty += without;
    if (flat == same.length && !saidEqual) {
      saidEqual = true;
      listener.onWarning(
          "equal_rewards",
          "all answers of a rollout got equal rewards within their group, such as %s: nothing is learnt from it. Does the reward tell answers apart? A higher temperature or more num_generations give it more to compare"
              .formatted(totals.length == 0 ? "none" : totals[0]));
    }
    if (lost > 0 && !saidUnknown) {
      saidUnknown = true;
      listener.onWarning(
          "no_reward",
          "%d of %d answers of a rollout got no reward (NaN from all that judge them), the first to %s: they are left out of the comparison"
              .formatted(lost, totals.length, first(block, totals)));
    }
    if (without > 0 && !saidEmpty) {
      saidEmpty = true;
      listener.onWarning(
          "empty_answers",
          "%d of %d answers of a rollout have no token: they are judged, but there is nothing to learn from them"
              .formatted(without, totals.length));
    }
  }

  private static String first(GroupBlock block, double[] totals) {
    for (int i = 0; i < totals.length; i++) {
      if (Double.isNaN(totals[i])) {
        return block.samples().get(i).prompt().origin().toString();
      }
    }
    return "none";
  }

  /** Says what was counted, and how long sampling took. */
  void finish() {
    if (equal > 0) {
      listener.onWarning(
          "equal_rewards",
          "%d of %d groups had equal rewards%s"
              .formatted(
                  equal, groups, skips ? " and were skipped: nothing is learnt from them" : ""));
    }
    if (unknown > 0) {
      listener.onWarning(
          "no_reward", "%d answers in all got no reward and were left out".formatted(unknown));
    }
    if (empty > 0) {
      listener.onWarning("empty_answers", "%d answers in all have no token".formatted(empty));
    }
    maker.tellOfTime(listener, seconds);
  }
}
