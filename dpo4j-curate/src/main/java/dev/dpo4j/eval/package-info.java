/* SPDX-License-Identifier: Apache-2.0 */
/** Figures of a trained model on held-out rows, with their uncertainty: no engine. */
@NullMarked
package dev.dpo4j.eval;

import org.jspecify.annotations.NullMarked;
