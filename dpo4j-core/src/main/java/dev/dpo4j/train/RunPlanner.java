/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train;

import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.ModelConfig;
import dev.dpo4j.tensor.Engine;
import java.util.stream.IntStream;

/** Foretells what a run will do and how much memory it will take. */
final class RunPlanner {
  /** The Java heap, the engine's code and what is not counted one by one. */
  private static final long REST = 700L << 20;

  private RunPlanner() {}

  static RunPlan plan(DpoRun.Parts parts, DpoConfig config, StepPlan plan, PairScorer pairs) {
    long longest = longestPass(pairs, plan);
    return new RunPlan(
        parts.policy().folder().toString(),
        parts.policy().parameters().count(),
        parts.train().size(),
        parts.eval() == null ? 0 : parts.eval().size(),
        parts.train().pairs().stream().mapToLong(pair -> pair.tokens()).sum(),
        longest,
        plan.maxSteps(),
        config.loop().perDeviceTrainBatchSize() * config.loop().gradientAccumulationSteps(),
        reference(parts, config),
        memory(parts, config, longest),
        Engine.ensureStarted().describe());
  }

  private static String reference(DpoRun.Parts parts, DpoConfig config) {
    String model =
        parts.reference() == null
            ? "the model before training"
            : parts.reference().folder().toString();
    return config.reference().computedOnce()
        ? model + ", log-probs computed once before training"
        : model + ", kept in memory beside the policy";
  }

  /** Rows of the largest pass of the first epoch. */
  private static long longestPass(PairScorer pairs, StepPlan plan) {
    long longest = 0;
    for (long step = 1; step <= Math.min(plan.maxSteps(), plan.stepsPerEpoch()); step++) {
      for (int[] batch : plan.step(step).microBatches()) {
        for (int[] pass : pairs.passes(batch)) {
          longest = Math.max(longest, IntStream.of(pass).mapToLong(pairs::rows).sum());
        }
      }
    }
    return longest;
  }

  static MemoryPlan memory(DpoRun.Parts parts, DpoConfig config, long longest) {
    ModelConfig model = parts.policy().config();
    long weights = parts.policy().parameters().count() * Float.BYTES;
    boolean secondModel = !config.reference().computedOnce() || parts.reference() != null;
    int keptLayers = config.loop().gradientCheckpointing() ? 1 : model.layers();
    long perRow = CausalLm.savedBytesPerRow(model);
    long stream = (model.layers() + 8L) * model.hiddenSize() * Float.BYTES;
    long logits = longest * model.vocabSize() * Float.BYTES;
    long head =
        Math.min(logits, ComputeOptions.DEFAULT_HEAD_KEEP_BYTES)
            + 2 * Math.min(logits, ComputeOptions.DEFAULT_HEAD_CHUNK_BYTES);
    return new MemoryPlan(
        weights,
        secondModel ? weights : 0,
        weights,
        2 * config.optimizer().momentFormat().bytes(parts.policy().parameters().count()),
        longest * (keptLayers * perRow + stream + 4L * model.intermediateSize() * Float.BYTES),
        head,
        REST);
  }
}
