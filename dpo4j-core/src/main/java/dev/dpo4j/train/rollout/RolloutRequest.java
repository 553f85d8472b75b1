/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.rollout;

import dev.dpo4j.data.prompt.TokenizedPrompt;

/**
 * An answer that is wanted.
 *
 * @param place place of the prompt in the data set, counted from 0
 * @param prompt what is answered
 * @param seed decides what is drawn; each answer of a run has its own
 */
public record RolloutRequest(int place, TokenizedPrompt prompt, long seed) {}
