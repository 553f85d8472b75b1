/* SPDX-License-Identifier: Apache-2.0 */
/** The losses on single answers: KTO, and the log-loss of supervised fine-tuning. */
@NullMarked
package dev.dpo4j.loss.single;

import org.jspecify.annotations.NullMarked;
