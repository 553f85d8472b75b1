/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Turns rows into token ids: prompt and answers, cut to their limits, with every dropped or cut row
 * counted.
 */
@NullMarked
package dev.dpo4j.data.token;

import org.jspecify.annotations.NullMarked;
