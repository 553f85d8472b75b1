/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What was configured, before it is bound: keys, values and where they stand, and the faults that
 * are found.
 */
@NullMarked
package dev.dpo4j.config.value;

import org.jspecify.annotations.NullMarked;
