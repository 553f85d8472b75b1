/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.grpo;

import dev.dpo4j.loss.group.Advantages;
import dev.dpo4j.train.rollout.Rollout;
import dev.dpo4j.train.rollout.RolloutSample;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A rollout with all that is known before it is trained on.
 *
 * @param epoch the epoch that it belongs to
 * @param number its number within the epoch, counted from 0
 * @param rollout the answers and what they are worth, group after group
 * @param advantages by how much each answer is better than the others to its prompt
 * @param old the log-probabilities of each answer's tokens when it was sampled, or null where the
 *     policy does not move before the answer is used for the last time
 * @param reference the same under the reference, or null where there is none
 * @param group answers of a group
 * @param cutCounts whether answers that were cut count in the loss
 * @param equalCounts whether groups whose rewards are all equal count in the loss
 */
record GroupBlock(
    int epoch,
    int number,
    Rollout rollout,
    Advantages advantages,
    @Nullable List<float[]> old,
    @Nullable List<float[]> reference,
    int group,
    boolean cutCounts,
    boolean equalCounts) {

  List<RolloutSample> samples() {
    return rollout.samples();
  }

  /** Tokens of an answer that are learnt, if its group is. */
  int learnt(int answer) {
    RolloutSample sample = samples().get(answer);
    return cutCounts || sample.completion().ended() ? sample.completion().ids().length : 0;
  }

  /** Tokens of some answers that are learnt. */
  long learnt(int from, int to) {
    return IntStream.range(from, to).mapToLong(this::learnt).sum();
  }

  /** The answers of a stretch that go through the model: the others have no gradient. */
  int[] computed(int from, int to) {
    return IntStream.range(from, to)
        .filter(i -> learnt(i) > 0 && (equalCounts || !advantages.equal()[i / group]))
        .toArray();
  }
}
