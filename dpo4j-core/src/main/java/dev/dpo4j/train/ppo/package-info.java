/* SPDX-License-Identifier: Apache-2.0 */
/** Training by proximal policy optimisation (PPO). */
@NullMarked
package dev.dpo4j.train.ppo;

import org.jspecify.annotations.NullMarked;
