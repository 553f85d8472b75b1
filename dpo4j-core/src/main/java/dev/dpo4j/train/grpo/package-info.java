/* SPDX-License-Identifier: Apache-2.0 */
/** Policy optimisation by comparing the answers to a prompt with each other: GRPO and RLOO. */
@NullMarked
package dev.dpo4j.train.grpo;

import org.jspecify.annotations.NullMarked;
