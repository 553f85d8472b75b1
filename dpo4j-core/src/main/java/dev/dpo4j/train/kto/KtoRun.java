/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.kto;

import dev.dpo4j.data.token.ExampleDataset;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;
import org.jspecify.annotations.Nullable;

/**
 * One KTO run, from a model, a reference and tokenised answers to a folder with the trained model.
 *
 * <p>The model's weights are changed in place.
 */
public final class KtoRun {
  private KtoRun() {}

  /**
   * What a run works on.
   *
   * @param policy the model that is trained
   * @param reference the frozen reference, or null for the policy as it is before training
   * @param train training answers, each with a label
   * @param eval held-out answers, or null for none
   */
  public record Parts(
      LanguageModel policy,
      @Nullable LanguageModel reference,
      ExampleDataset train,
      @Nullable ExampleDataset eval) {}

  /**
   * Prepares a run; nothing is computed yet.
   *
   * @param hooks what the program brings to the run
   * @throws dev.dpo4j.data.row.DataException if there is a single row, so that no KL can be
   *     estimated
   */
  public static TrainingRun of(Parts parts, KtoRunConfig config, RunHooks hooks) {
    return new TrainingRun(config, parts.policy(), new KtoMethod(parts, config), hooks);
  }
}
