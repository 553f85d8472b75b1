/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.reward;

import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.loop.NonFiniteException;
import dev.dpo4j.train.loop.RunPlan;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.run.TrainingRun;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One run of reward training, from a model and tokenised pairs to a folder with the reward model.
 *
 * <p>The model's weights are changed in place.
 */
public final class RewardRun {
  private final TrainingRun run;

  /**
   * What a run works on.
   *
   * @param model the model that is trained, loaded for rewards
   * @param train training pairs, tokenised as whole sequences
   * @param eval held-out pairs, or null for none
   */
  public record Parts(
      LanguageModel model, PreferenceDataset train, @Nullable PreferenceDataset eval) {}

  /**
   * Prepares a run; nothing is computed yet.
   *
   * @param stopRequested asked before each step whether to stop
   * @throws dev.dpo4j.data.row.DataException if the data have a column that the loss does not read
   */
  public RewardRun(
      Parts parts, RewardRunConfig config, TrainListener listener, BooleanSupplier stopRequested) {
    this.run =
        new TrainingRun(
            config, parts.model(), new RewardMethod(parts, config), listener, stopRequested);
  }

  /**
   * Trains and writes the output folder.
   *
   * @throws NonFiniteException if training met a number that is not finite; the model of the step
   *     before was written
   * @throws java.io.UncheckedIOException if the output cannot be written
   */
  public TrainResult run() {
    return run.run();
  }

  /** Foretells the run: its steps and its memory; nothing is computed or written. */
  public RunPlan plan() {
    return run.plan();
  }
}
