/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Log-probabilities under the reference: from a second model, the model without its adapter, or a
 * cache.
 */
@NullMarked
package dev.dpo4j.train.reference;

import org.jspecify.annotations.NullMarked;
