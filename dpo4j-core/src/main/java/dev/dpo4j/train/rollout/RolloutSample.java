/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.rollout;

import dev.dpo4j.data.prompt.TokenizedPrompt;

/**
 * An answer to a prompt of the data set, as it is judged and learnt from.
 *
 * @param place place of the prompt in the data set, counted from 0
 * @param prompt what was answered
 * @param completion the answer's tokens
 * @param text its text, without special tokens
 */
public record RolloutSample(
    int place, TokenizedPrompt prompt, Completion completion, String text) {}
