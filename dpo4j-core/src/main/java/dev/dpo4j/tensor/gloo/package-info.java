/* SPDX-License-Identifier: Apache-2.0 */
/** Sums over several processes by the engine's Gloo. */
@NullMarked
package dev.dpo4j.tensor.gloo;

import org.jspecify.annotations.NullMarked;
