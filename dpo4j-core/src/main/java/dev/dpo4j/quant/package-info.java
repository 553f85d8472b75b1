/* SPDX-License-Identifier: Apache-2.0 */
/** Weights in 4 or 8 bits: how they are rounded, held and widened again. */
@NullMarked
package dev.dpo4j.quant;

import org.jspecify.annotations.NullMarked;
