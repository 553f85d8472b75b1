/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.rollout;

import dev.dpo4j.data.prompt.TokenizedPrompt;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.loop.TrainingMethod.RunContext;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Says how good answers are: a model, an endpoint, or a rule. */
@FunctionalInterface
public interface RewardSource extends AutoCloseable {
  /**
   * Judges answers.
   *
   * @param samples the answers of a rollout; those to one prompt stand side by side
   * @return a number for each, more is better; NaN where there is no opinion on an answer
   */
  double[] score(List<RolloutSample> samples);

  /**
   * Is told of the run before anything is computed for it.
   *
   * @param policy the model that answers
   * @param first the first prompt of the data
   * @param run what surrounds the source
   * @throws dev.dpo4j.config.value.ConfigException if the answers to such prompts cannot be judged
   */
  default void open(LanguageModel policy, TokenizedPrompt first, RunContext run) {}

  /**
   * Looks at the prompts before the run begins.
   *
   * @throws dev.dpo4j.data.row.DataException if it would have no opinion on any answer to them
   */
  default void check(List<TokenizedPrompt> prompts) {}

  /**
   * What tells the source from others; a run does not go on with another one. Null where only its
   * name tells.
   */
  default @Nullable String checksum() {
    return null;
  }

  /** Bytes of the weights that the source holds. */
  default long modelBytes() {
    return 0;
  }

  /** Floating-point operations that judging some answers takes; 0 where no model is held. */
  default double flos(List<RolloutSample> samples) {
    return 0;
  }

  /** Frees what the source holds; most hold nothing. */
  @Override
  default void close() {}
}
