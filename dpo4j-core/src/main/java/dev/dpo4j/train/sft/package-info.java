/* SPDX-License-Identifier: Apache-2.0 */
/** Supervised fine-tuning: its configuration, its method and its step. */
@NullMarked
package dev.dpo4j.train.sft;

import org.jspecify.annotations.NullMarked;
