/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.ppo;

import dev.dpo4j.train.options.SamplingStrategy;

/**
 * How a task goes through its answers.
 *
 * @param options what is learnt of them
 * @param microBatch answers of a micro-batch
 * @param accumulation micro-batches between two updates
 * @param order in which they are gone through
 * @param seed of all that is drawn
 * @param evalBatch prompts that are answered at once in an evaluation
 */
record PpoSettings(
    PpoOptions options,
    int microBatch,
    int accumulation,
    SamplingStrategy order,
    long seed,
    int evalBatch) {

  /** Answers of a minibatch. */
  int minibatch() {
    return microBatch * accumulation / options.numMiniBatches();
  }

  /** Micro-batches that TRL averages over. */
  int slots() {
    return options.numPpoEpochs() * options.numMiniBatches() * accumulation;
  }
}
