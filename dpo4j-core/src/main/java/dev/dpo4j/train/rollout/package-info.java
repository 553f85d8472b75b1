/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Rollouts: answers that the policy gives while it is trained, or that were given, and the rewards
 * of them.
 */
@NullMarked
package dev.dpo4j.train.rollout;

import org.jspecify.annotations.NullMarked;
