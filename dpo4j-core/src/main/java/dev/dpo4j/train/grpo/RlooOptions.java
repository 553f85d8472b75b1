/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.grpo;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rewards of RLOO. */
public record RlooOptions(
    @Option(defaultValue = "false", help = "Normalises the advantages over the rollout.")
        boolean normalizeAdvantages,
    @Option(
            help =
                "Least and greatest reward, such as [-10, 10]; rewards beyond are set to them. null "
                    + "means no bounds.")
        @Nullable List<Double> rewardClipRange)
    implements Checked {
  public RlooOptions {
    rewardClipRange = rewardClipRange == null ? null : List.copyOf(rewardClipRange);
  }

  /** A reward within the bounds; NaN stays. */
  double clip(double reward) {
    List<Double> range = rewardClipRange;
    return range == null || Double.isNaN(reward)
        ? reward
        : Math.max(range.get(0), Math.min(range.get(1), reward));
  }

  @Override
  public void check(Check check) {
    List<Double> range = rewardClipRange;
    if (range != null && (range.size() != 2 || !(range.get(0) < range.get(1)))) {
      check.fault("reward_clip_range", "must be two numbers, the smaller first, but was " + range);
    }
  }
}
