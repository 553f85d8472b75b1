/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.rollout;

import dev.dpo4j.config.Check;
import dev.dpo4j.model.ModelOptions;
import dev.dpo4j.train.options.ReferenceOptions;
import dev.dpo4j.train.options.RunConfig;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a run is configured with whose model learns from its own answers. */
public interface RolloutRunConfig extends RunConfig {
  /** The folders of the models. */
  ModelOptions model();

  /** What judges the answers. */
  RewardSourceOptions rewards();

  /** How answers are sampled. */
  RolloutOptions rollout();

  /** How the reference is treated. */
  ReferenceOptions reference();

  /** Most tokens of an answer. */
  int maxCompletionLength();

  @Override
  default String lengthOption() {
    return "max_completion_length";
  }

  /** The folder of a reference of its own that the run looks at, or null. */
  default @Nullable String referenceFolder() {
    return model().refModelNameOrPath();
  }

  /** Reports what has no effect on answers that are sampled up to max_completion_length. */
  default void checkAnswers(Check check) {
    check.noEffect(
        Set.of("precompute_ref_log_probs", "ref_logps_cache"),
        "here: the answers are not known before training");
    check.noEffect("truncation_mode", "here: no answer is cut, they end at max_completion_length");
  }
}
