/* SPDX-License-Identifier: Apache-2.0 */
/** The list of all losses, their options, and the weighted sum that a step minimises. */
@NullMarked
package dev.dpo4j.loss.objective;

import org.jspecify.annotations.NullMarked;
