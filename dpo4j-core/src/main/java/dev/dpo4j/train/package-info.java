/* SPDX-License-Identifier: Apache-2.0 */
/** The training loop, its objectives and the reference log-probabilities. */
@NullMarked
package dev.dpo4j.train;

import org.jspecify.annotations.NullMarked;
