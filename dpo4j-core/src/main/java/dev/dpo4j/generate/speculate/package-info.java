/* SPDX-License-Identifier: Apache-2.0 */
/** Guesses of tokens that a model proves instead of making them one by one. */
@NullMarked
package dev.dpo4j.generate.speculate;

import org.jspecify.annotations.NullMarked;
