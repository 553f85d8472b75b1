/* SPDX-License-Identifier: Apache-2.0 */
/** The pieces of PPO as functions of numbers: rewards, advantages and clipped losses. */
@NullMarked
package dev.dpo4j.loss.ppo;

import org.jspecify.annotations.NullMarked;
