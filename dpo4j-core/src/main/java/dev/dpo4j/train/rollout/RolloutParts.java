/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.rollout;

import dev.dpo4j.data.prompt.PromptDataset;
import dev.dpo4j.model.LanguageModel;
import org.jspecify.annotations.Nullable;

/**
 * What a run works on whose model learns from its own answers.
 *
 * @param policy the model that is trained
 * @param reference the frozen reference, or null for the policy as it is before training
 * @param train prompts to train on
 * @param eval held-out prompts, or null for none
 * @param rewards what judges the answers; the caller closes it after the run
 * @param source where answers come from, or null to sample them from the policy
 */
public record RolloutParts(
    LanguageModel policy,
    @Nullable LanguageModel reference,
    PromptDataset train,
    @Nullable PromptDataset eval,
    Rewards rewards,
    @Nullable RolloutSource source) {}
