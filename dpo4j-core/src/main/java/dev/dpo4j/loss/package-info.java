/* SPDX-License-Identifier: Apache-2.0 */
/** Preference losses as pure functions of log-probabilities. */
@NullMarked
package dev.dpo4j.loss;

import org.jspecify.annotations.NullMarked;
