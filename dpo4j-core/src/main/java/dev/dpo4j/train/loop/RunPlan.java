/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

import org.jspecify.annotations.Nullable;

/**
 * What a run will do, known before its first step.
 *
 * @param model the model as the user knows it
 * @param parameters weights of the model, without an adapter
 * @param adapter what is trained on top of them, in words; null where they are trained themselves
 * @param trained numbers that are trained
 * @param method the method of training, such as {@code dpo}
 * @param unit what a row is called, in the plural
 * @param rows rows of training data
 * @param evalRows rows of evaluation data
 * @param tokensPerEpoch tokens of an epoch, prompts counted once an answer
 * @param longestRows rows of the largest pass through the model
 * @param steps optimizer steps
 * @param rowsPerStep rows of a full optimizer step
 * @param reference where the reference log-probabilities come from, in words
 * @param memory expected peak memory
 * @param layers layers of the model
 * @param keptLayers layers whose activations are kept in the largest pass
 * @param compute how matrix products are computed, in words
 * @param engine the engine, in words
 */
public record RunPlan(
    String model,
    long parameters,
    @Nullable String adapter,
    long trained,
    String method,
    String unit,
    int rows,
    int evalRows,
    long tokensPerEpoch,
    long longestRows,
    long steps,
    int rowsPerStep,
    String reference,
    MemoryPlan memory,
    int layers,
    int keptLayers,
    String compute,
    String engine) {}
