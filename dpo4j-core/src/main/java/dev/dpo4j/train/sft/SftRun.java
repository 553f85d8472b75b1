/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.sft;

import dev.dpo4j.data.token.ExampleDataset;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of supervised fine-tuning, from a model and tokenised examples to a folder with the
 * trained model.
 *
 * <p>The model's weights are changed in place.
 */
public final class SftRun {
  private static final Logger LOG = LoggerFactory.getLogger(SftRun.class);

  private SftRun() {}

  /**
   * What a run works on.
   *
   * @param policy the model that is trained
   * @param train training examples
   * @param eval held-out examples, or null for none
   */
  public record Parts(LanguageModel policy, ExampleDataset train, @Nullable ExampleDataset eval) {}

  /**
   * Prepares a run; nothing is computed yet.
   *
   * @param hooks what the program brings to the run
   * @throws dev.dpo4j.config.value.ConfigException if an option has no effect on these data
   */
  public static TrainingRun of(Parts parts, SftRunConfig config, RunHooks hooks) {
    SftMethod.check(parts.train(), config.data());
    SftMethod method =
        new SftMethod(
            parts.policy().config(),
            parts.train().examples(),
            parts.eval() == null ? null : parts.eval().examples(),
            parts.train().report(),
            config);
    String packed = method.packed();
    if (packed != null) {
      LOG.info(packed);
    }
    return new TrainingRun(config, parts.policy(), method, hooks);
  }
}
