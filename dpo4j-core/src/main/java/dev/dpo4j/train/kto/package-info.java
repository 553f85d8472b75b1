/* SPDX-License-Identifier: Apache-2.0 */
/** Kahneman-Tversky optimization: its configuration, its method and its step. */
@NullMarked
package dev.dpo4j.train.kto;

import org.jspecify.annotations.NullMarked;
