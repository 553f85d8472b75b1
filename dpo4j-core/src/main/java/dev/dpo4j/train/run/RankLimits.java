/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.run;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.dist.Collectives;
import dev.dpo4j.optim.GradientDtype;
import dev.dpo4j.tensor.Backends;
import dev.dpo4j.train.loop.TrainingMethod;
import dev.dpo4j.train.options.RunConfig;
import dev.dpo4j.train.options.Shard;
import java.util.ArrayList;
import java.util.List;

/** What several processes cannot do together yet, each refused by its name. */
final class RankLimits {
  /** What is said of {@code shard} where nothing can be divided. */
  static final String ALONE =
      "has no effect in one process: start several with dpo4j launch, or set it to none";

  private RankLimits() {}

  /** Whether the state of the optimizer is divided among the processes. */
  static boolean shards(RunConfig config, Collectives ranks) {
    return ranks.isSeveral() && config.loop().shard() != Shard.NONE;
  }

  /**
   * Refuses what would make the result depend on the number of processes.
   *
   * @throws ConfigException with all faults at once
   */
  static void check(RunConfig config, TrainingMethod method, Collectives ranks) {
    if (!ranks.isSeveral()) {
      return;
    }
    List<Fault> faults = new ArrayList<>();
    if (!method.sharesRows()) {
      faults.add(
          fault(
              "WORLD_SIZE",
              ranks,
              "%s trains in one process only; several can train dpo, kto, sft and reward: start it without launch"
                  .formatted(method.name())));
    }
    if (Backends.onCard()) {
      faults.add(
          fault("device", ranks, "several processes train on the CPU only: set device to cpu"));
    }
    if (config.optimizer().gradientDtype() == GradientDtype.BFLOAT16) {
      faults.add(
          fault(
              "gradient_dtype",
              ranks,
              "is bfloat16, in which sums over processes would round: set it to float32"));
    }
    if (!faults.isEmpty()) {
      throw new ConfigException(faults);
    }
  }

  private static Fault fault(String key, Collectives ranks, String message) {
    return new Fault(key, ranks.size() + " processes", message);
  }
}
