/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train;

import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.ModelConfig;
import dev.dpo4j.tensor.Engine;

/** Foretells what a run will do and how much memory it will take. */
final class RunPlanner {
  /** The Java heap, the engine's code and what is not counted one by one. */
  private static final long REST = 700L << 20;

  private RunPlanner() {}

  static RunPlan plan(
      LanguageModel policy, RunConfig config, StepPlan plan, TrainingMethod method) {
    long longest = longestPass(method, plan);
    return new RunPlan(
        policy.folder().toString(),
        policy.parameters().count(),
        method.name(),
        method.unit(),
        method.trainRows(),
        method.evalRows(),
        method.tokensPerEpoch(),
        longest,
        plan.maxSteps(),
        config.loop().perDeviceTrainBatchSize() * config.loop().gradientAccumulationSteps(),
        method.reference(),
        memory(policy, config, method, longest),
        Engine.ensureStarted().describe());
  }

  /** Rows of the largest pass of the first epoch. */
  private static long longestPass(TrainingMethod method, StepPlan plan) {
    long longest = 0;
    for (long step = 1; step <= Math.min(plan.maxSteps(), plan.stepsPerEpoch()); step++) {
      for (int[] batch : plan.step(step).microBatches()) {
        longest = Math.max(longest, method.longestPass(batch));
      }
    }
    return longest;
  }

  private static MemoryPlan memory(
      LanguageModel policy, RunConfig config, TrainingMethod method, long longest) {
    ModelConfig model = policy.config();
    long weights = policy.parameters().count() * Float.BYTES;
    int keptLayers = config.loop().gradientCheckpointing() ? 1 : model.layers();
    long perRow = CausalLm.savedBytesPerRow(model);
    long stream = (model.layers() + 8L) * model.hiddenSize() * Float.BYTES;
    long logits = longest * model.vocabSize() * Float.BYTES;
    long head =
        Math.min(logits, ComputeOptions.DEFAULT_HEAD_KEEP_BYTES)
            + 2 * Math.min(logits, ComputeOptions.DEFAULT_HEAD_CHUNK_BYTES);
    return new MemoryPlan(
        weights,
        method.holdsSecondModel() ? weights : 0,
        weights,
        2 * config.optimizer().momentFormat().bytes(policy.parameters().count()),
        longest * (keptLayers * perRow + stream + 4L * model.intermediateSize() * Float.BYTES),
        head,
        REST);
  }
}
