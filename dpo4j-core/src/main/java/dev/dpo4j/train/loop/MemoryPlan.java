/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

/**
 * Expected peak memory of a run where it computes, bytes.
 *
 * @param weights the policy's weights
 * @param reference the weights of further models, such as a reference or a reward model
 * @param gradients one number a weight
 * @param optimizer what the optimizer keeps between steps
 * @param activations the largest pass through the layers, or a rollout where that takes more
 * @param head logits of the largest pass
 * @param rest the Java heap, the engine's code and small things
 * @param host what a run on a card leaves in the host's memory; it is no part of the sum
 */
public record MemoryPlan(
    long weights,
    long reference,
    long gradients,
    long optimizer,
    long activations,
    long head,
    long rest,
    long host) {

  /** The sum of all parts. */
  public long total() {
    return weights + reference + gradients + optimizer + activations + head + rest;
  }
}
