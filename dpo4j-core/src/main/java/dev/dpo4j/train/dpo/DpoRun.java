/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.dpo;

import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.loop.NonFiniteException;
import dev.dpo4j.train.loop.RunPlan;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.output.RunOutput;
import dev.dpo4j.train.run.TrainingRun;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One DPO run: from a model, a reference and tokenised pairs to a folder with the trained model.
 *
 * <p>The model's weights are changed in place.
 */
public final class DpoRun {
  private final DpoRunConfig config;
  private final TrainingRun run;

  /**
   * What a run works on.
   *
   * @param policy the model that is trained
   * @param reference the frozen reference, or null for the policy as it is before DPO
   * @param train training pairs
   * @param eval held-out pairs, or null for none
   */
  public record Parts(
      LanguageModel policy,
      @Nullable LanguageModel reference,
      PreferenceDataset train,
      @Nullable PreferenceDataset eval) {}

  /**
   * Prepares a run; nothing is computed yet.
   *
   * @param stopRequested asked before each step whether to stop
   * @throws dev.dpo4j.data.row.DataException if the data have a column that the loss cannot honour
   */
  public DpoRun(
      Parts parts, DpoRunConfig config, TrainListener listener, BooleanSupplier stopRequested) {
    this.config = config;
    this.run =
        new TrainingRun(
            config, parts.policy(), new DpoMethod(parts, config), listener, stopRequested);
  }

  /**
   * Trains and writes the output folder; with {@code sft_first} both phases.
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

  /** The folder that the run writes. */
  public Path outputDir() {
    return RunOutput.folder(config);
  }
}
