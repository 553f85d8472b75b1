/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss;

/**
 * A preference loss that compares the pairs of a batch with each other.
 *
 * <p>Its value depends on which pairs stand together, so it is computed over the whole batch of an
 * optimizer step, whatever the size of the micro-batches.
 */
@FunctionalInterface
public interface BatchLoss extends PreferenceLoss {}
