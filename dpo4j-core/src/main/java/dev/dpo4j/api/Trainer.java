/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api;

import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** What the trainers of all methods have in common: they train, evaluate and can be stopped. */
public abstract sealed class Trainer
    permits DpoTrainer, KtoTrainer, RewardTrainer, RolloutTrainer, SftTrainer {
  private final AtomicBoolean stopped = new AtomicBoolean();
  private final RunHooks hooks;
  private @Nullable TrainingRun prepared;
  private boolean trained;

  Trainer(TrainerBuilder<?, ?, ?> builder) {
    this.hooks = builder.hooks(stopped::get);
  }

  /** Makes a run of the parts. */
  abstract TrainingRun open(RunHooks parts);

  /**
   * Frees what {@link #open} has opened.
   *
   * @return whether the run cannot be used again
   */
  boolean release() {
    return false;
  }

  private void ended() {
    if (release()) {
      prepared = null;
    }
  }

  final boolean stopRequested() {
    return hooks.stopRequested().getAsBoolean();
  }

  /**
   * Trains and writes the output folder.
   *
   * @throws dev.dpo4j.train.loop.NonFiniteException if loss or gradient is no finite number; the
   *     model of the step before was written
   * @throws dev.dpo4j.config.value.ConfigException if an option cannot be honoured on these data
   */
  public final TrainResult train() {
    try {
      TrainingRun run = prepared == null || trained ? open(hooks) : prepared;
      prepared = run;
      trained = true;
      return run.run();
    } catch (RuntimeException e) {
      // The other processes, if there are any, would wait for this one.
      hooks.ranks().fail(String.valueOf(e.getMessage()));
      throw e;
    } finally {
      ended();
    }
  }

  /**
   * Evaluates the rows of {@code evalDataset} with the model as it is now, before or after
   * training; nothing is written.
   *
   * <p>The reference is the model that was given with {@code refModel}, or the base of an adapter.
   * Without either, the model's folder is loaded once more.
   *
   * @return the metrics by their names in the log, such as {@code eval_loss}
   * @throws IllegalStateException if there are no such rows
   * @throws dev.dpo4j.train.loop.StoppedException if a stop was asked for
   */
  public final Map<String, Double> evaluate() {
    TrainingRun run = prepared == null ? open(hooks) : prepared;
    prepared = run;
    try {
      return run.evaluate();
    } finally {
      ended();
    }
  }

  /**
   * Asks the training to stop after the step at hand; its output is written all the same. May be
   * called from any thread, and holds for whatever this trainer does later.
   */
  public final void stop() {
    stopped.set(true);
  }
}
