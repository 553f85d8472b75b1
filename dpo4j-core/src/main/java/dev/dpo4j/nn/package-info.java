/* SPDX-License-Identifier: Apache-2.0 */
/** Layers with explicit forward and backward passes. */
@NullMarked
package dev.dpo4j.nn;

import org.jspecify.annotations.NullMarked;
