/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a row of preference data is: its messages, where it came from, and what can be wrong with
 * it.
 */
@NullMarked
package dev.dpo4j.data.row;

import org.jspecify.annotations.NullMarked;
