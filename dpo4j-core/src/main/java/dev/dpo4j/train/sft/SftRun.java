/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.sft;

import dev.dpo4j.data.token.ExampleDataset;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.loop.NonFiniteException;
import dev.dpo4j.train.loop.RunPlan;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.run.TrainingRun;
import java.util.function.BooleanSupplier;
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

  private final TrainingRun run;

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
   * @param stopRequested asked before each step whether to stop
   * @throws dev.dpo4j.config.value.ConfigException if an option has no effect on these data
   */
  public SftRun(
      Parts parts, SftRunConfig config, TrainListener listener, BooleanSupplier stopRequested) {
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
    this.run = new TrainingRun(config, parts.policy(), method, listener, stopRequested);
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
