/* SPDX-License-Identifier: Apache-2.0 */
/** The losses on one pair, one formula a file. */
@NullMarked
package dev.dpo4j.loss.pair;

import org.jspecify.annotations.NullMarked;
