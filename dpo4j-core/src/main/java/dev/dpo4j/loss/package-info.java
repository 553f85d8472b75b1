/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a preference loss is: a pure function of log-probabilities, with what it is told and what it
 * returns.
 */
@NullMarked
package dev.dpo4j.loss;

import org.jspecify.annotations.NullMarked;
