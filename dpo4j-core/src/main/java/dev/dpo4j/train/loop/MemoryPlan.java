/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

/**
 * Expected peak memory of a run, bytes.
 *
 * @param weights the policy's weights
 * @param reference the weights of further models, such as a reference or a reward model
 * @param gradients one number a weight
 * @param optimizer what the optimizer keeps between steps
 * @param activations the largest pass through the layers, or a rollout where that takes more
 * @param head logits of the largest pass
 * @param rest the Java heap, the engine's code and small things
 */
public record MemoryPlan(
    long weights,
    long reference,
    long gradients,
    long optimizer,
    long activations,
    long head,
    long rest) {

  /** The sum of all parts. */
  public long total() {
    return weights + reference + gradients + optimizer + activations + head + rest;
  }
}
