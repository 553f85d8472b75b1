/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.dpo;

import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.loss.objective.OwnLoss;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;
import org.jspecify.annotations.Nullable;

/**
 * One DPO run: from a model, a reference and tokenised pairs to a folder with the trained model.
 *
 * <p>The model's weights are changed in place.
 */
public final class DpoRun {
  private DpoRun() {}

  /**
   * What a run works on.
   *
   * @param policy the model that is trained
   * @param reference the frozen reference, or null for the policy as it is before DPO
   * @param train training pairs
   * @param eval held-out pairs, or null for none
   * @param ownLoss a loss of the program in place of the one that the configuration names, or null
   * @param book what the reference says of all rows, where it is known already, or null; only for a
   *     reference that does not change
   */
  public record Parts(
      LanguageModel policy,
      @Nullable LanguageModel reference,
      PreferenceDataset train,
      @Nullable PreferenceDataset eval,
      @Nullable OwnLoss ownLoss,
      @Nullable ReferenceBook book) {
    /** The reference is computed by the run. */
    public Parts(
        LanguageModel policy,
        @Nullable LanguageModel reference,
        PreferenceDataset train,
        @Nullable PreferenceDataset eval,
        @Nullable OwnLoss ownLoss) {
      this(policy, reference, train, eval, ownLoss, null);
    }

    /** The loss is the one that the configuration names. */
    public Parts(
        LanguageModel policy,
        @Nullable LanguageModel reference,
        PreferenceDataset train,
        @Nullable PreferenceDataset eval) {
      this(policy, reference, train, eval, null);
    }
  }

  /**
   * Prepares a run; nothing is computed yet.
   *
   * @param hooks what the program brings to the run
   * @throws dev.dpo4j.data.row.DataException if the data have a column that the loss cannot honour
   */
  public static TrainingRun of(Parts parts, DpoRunConfig config, RunHooks hooks) {
    return new TrainingRun(config, parts.policy(), new DpoMethod(parts, config), hooks);
  }
}
