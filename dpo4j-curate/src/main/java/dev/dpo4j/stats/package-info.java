/* SPDX-License-Identifier: Apache-2.0 */
/** Statistics of agreement between people and judges: kappa, proportions and their intervals. */
@NullMarked
package dev.dpo4j.stats;

import org.jspecify.annotations.NullMarked;
