/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.grpo;

import dev.dpo4j.config.Check;
import dev.dpo4j.train.options.Interval;
import dev.dpo4j.train.options.ReferenceOptions;
import dev.dpo4j.train.rollout.RolloutRunConfig;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a run of GRPO or RLOO is configured with. */
public interface GroupRunConfig extends RolloutRunConfig {
  /** How many answers there are, and how they are used. */
  GroupOptions group();

  /** How answers become a loss. */
  GroupObjective objective();

  /** The reference of the KL divergence; without one none is looked at. */
  @Override
  default @Nullable String referenceFolder() {
    return group().beta() == 0 ? null : model().refModelNameOrPath();
  }

  @Override
  default int maxCompletionLength() {
    Integer most = dataset().maxCompletionLength();
    return most == null ? DEFAULT_LENGTH : most;
  }

  /** Reports what has no effect or cannot be with rollouts. */
  default void checkRollouts(Check check) {
    group().check(check, loop());
    checkAnswers(check);
    if (group().beta() == 0) {
      check.noEffect(ReferenceOptions.KEYS, "without a KL divergence (beta is 0)", "beta");
      check.noEffect(Set.of("kl_limit"), "without a KL divergence (beta is 0)", "beta");
      if (model().refModelNameOrPath() != null) {
        check.noEffect(
            Set.of("ref_model_name_or_path"), "without a KL divergence (beta is 0)", "beta");
      }
    }
    if (eval().strategy() == Interval.NO) {
      check.idle(Set.of("num_generations_eval"), "without an evaluation (eval_strategy is no)");
    }
    if (!spansSteps()) {
      check.idle(Set.of("epsilon", "epsilon_high"), ONE_STEP);
    }
  }

  /** Whether a rollout is used in several optimizer steps, so that the policy moves meanwhile. */
  default boolean spansSteps() {
    long uses = (long) group().slices(loop()) * group().numIterations();
    return loop().gradientAccumulationSteps() % Math.max(1, uses) != 0;
  }

  /** Why ratios have no effect in some runs. */
  String ONE_STEP = "with one optimizer step for each rollout: the policy has not moved";

  /** Most tokens of an answer where nothing else is said. */
  int DEFAULT_LENGTH = 512;
}
