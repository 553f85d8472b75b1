/* SPDX-License-Identifier: Apache-2.0 */
/** Training of reward models on preference pairs. */
@NullMarked
package dev.dpo4j.train.reward;

import org.jspecify.annotations.NullMarked;
