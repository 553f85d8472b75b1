/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.kto;

import dev.dpo4j.data.token.ExampleDataset;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.loop.NonFiniteException;
import dev.dpo4j.train.loop.RunPlan;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.run.TrainingRun;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One KTO run, from a model, a reference and tokenised answers to a folder with the trained model.
 *
 * <p>The model's weights are changed in place.
 */
public final class KtoRun {
  private final TrainingRun run;

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
   * @param stopRequested asked before each step whether to stop
   * @throws dev.dpo4j.data.row.DataException if there is a single row, so that no KL can be
   *     estimated
   */
  public KtoRun(
      Parts parts, KtoRunConfig config, TrainListener listener, BooleanSupplier stopRequested) {
    this.run =
        new TrainingRun(
            config, parts.policy(), new KtoMethod(parts, config), listener, stopRequested);
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
