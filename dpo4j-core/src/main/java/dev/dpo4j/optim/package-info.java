/* SPDX-License-Identifier: Apache-2.0 */
/** Optimizers, learning-rate schedules and gradient clipping. */
@NullMarked
package dev.dpo4j.optim;

import org.jspecify.annotations.NullMarked;
