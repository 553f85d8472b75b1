/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** What a loop trains: it turns the rows of an optimizer step into gradients and metrics. */
public interface TrainTask extends AutoCloseable {

  /** Takes the numbers of each micro-batch of a step. */
  interface MicroBatchLog {
    /**
     * Takes one micro-batch.
     *
     * @param lossShare what it contributes to the step's loss
     * @param metrics its metrics under TRL's names
     */
    void add(double lossShare, Map<String, Double> metrics);
  }

  /** Lets the weights follow the gradients more than once within a step. */
  interface WeightUpdates {
    /** The learning rate of the step at hand. */
    double learningRate();

    /** Clips the gradients that were added so far, updates the weights and clears the gradients. */
    void update();
  }

  /** Updates of the weights in the first {@code steps} steps of the run. */
  default long updates(long steps) {
    return steps;
  }

  /** Is given the means for more updates than the one after each step; most need none. */
  default void updatedBy(WeightUpdates updates) {}

  /**
   * Adds the gradient of a step's loss to the parameters' gradients.
   *
   * @throws NonFiniteException if the loss is not a finite number
   */
  void step(OptimizerStep step, MicroBatchLog log);

  /** Is told that the weights were updated by step {@code step}, counted from 1. */
  default void afterStep(long step) {}

  /**
   * Writes into a checkpoint what the task keeps from step to step beside the policy's weights.
   *
   * @throws IOException if it cannot be written
   */
  default void saveState(Path checkpoint) throws IOException {}

  /** Reads back what {@link #saveState} wrote. */
  default void restoreState(Path checkpoint) {}

  /** Tokens of a row, prompts counted once an answer, as the log's {@code num_tokens} counts. */
  long tokens(int row);

  /** Place of a row in the data set as the user knows it, counted from 0. */
  int sourceRow(int row);

  /**
   * Floating-point operations of a micro-batch, as transformers estimates them for {@code
   * total_flos}: 6 for each token and weight, padding included, embeddings left out.
   *
   * <p>It counts what a trainer that pads would do, so that the number can be compared with that of
   * other runs; what is computed here is less.
   *
   * @param microBatch rows of the data set
   */
  double flos(int[] microBatch);

  /**
   * Floating-point operations of a step that was done; by its micro-batches, unless the task knows
   * more, such as what it took to sample what was trained on.
   */
  default double flos(OptimizerStep step) {
    return step.microBatches().stream().mapToDouble(this::flos).sum();
  }

  /**
   * Evaluates on the held-out data; empty where there is none.
   *
   * @param stopRequested asked before each batch; where it says yes, {@link StoppedException}
   *     leaves the evaluation, of which nothing is kept
   */
  Map<String, Double> evaluate(BooleanSupplier stopRequested);

  /** Rows that {@link #evaluate} goes through. */
  int evalRows();

  /** Batches in which {@link #evaluate} goes through them. */
  int evalBatches();

  /** Is told that the loop has come to its end, while warnings and notes are still kept. */
  default void ended() {}

  /** Frees what the task holds, such as a reference model; most hold nothing. */
  @Override
  default void close() {}
}
