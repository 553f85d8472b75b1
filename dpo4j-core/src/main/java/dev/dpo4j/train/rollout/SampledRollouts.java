/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.rollout;

import dev.dpo4j.generate.Answer;
import dev.dpo4j.generate.FinishReason;
import dev.dpo4j.generate.GenerationEngine;
import dev.dpo4j.generate.GenerationRequest;
import dev.dpo4j.generate.GenerationTask;
import dev.dpo4j.generate.SamplingOptions;
import dev.dpo4j.generate.StopRules;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Samples answers from a model as it is at the moment. */
public final class SampledRollouts implements RolloutSource {
  private final LanguageModel policy;
  private final ComputeOptions compute;
  private final SamplingOptions sampling;
  private final int batchSize;
  private final StopRules stops;

  /**
   * Makes a source.
   *
   * @param sampling how tokens are chosen; each answer has the seed of its request
   * @param batchSize most answers that are made at a time
   */
  public SampledRollouts(
      LanguageModel policy, ComputeOptions compute, SamplingOptions sampling, int batchSize) {
    this.policy = policy;
    this.compute = compute;
    this.sampling = sampling;
    this.batchSize = batchSize;
    this.stops = StopRules.of(policy.tokenizer(), policy.tokenizer().stopIds(), List.of());
  }

  @Override
  public List<Completion> complete(List<RolloutRequest> requests) {
    if (requests.isEmpty()) {
      return List.of();
    }
    // The weights have changed since the last time, so that the engine's packed ones are made anew.
    try (CausalLm model = policy.compute(compute);
        GenerationEngine engine =
            new GenerationEngine(model, policy.tokenizer(), Math.min(batchSize, requests.size()))) {
      List<GenerationTask> tasks = new ArrayList<>();
      for (RolloutRequest request : requests) {
        tasks.add(
            engine.submit(
                GenerationRequest.of(
                    request.prompt().ids(), sampling.withSeed(request.seed()), stops)));
      }
      while (tasks.stream().anyMatch(task -> !task.isDone())) {
        engine.step();
      }
      return tasks.stream().map(task -> completion(task.await())).toList();
    }
  }

  private static Completion completion(Answer answer) {
    int[] ids = answer.tokenIds().stream().mapToInt(Integer::intValue).toArray();
    Integer end = answer.endId();
    if (end != null) {
      ids = Arrays.copyOf(ids, ids.length + 1);
      ids[ids.length - 1] = end;
    }
    return new Completion(ids, answer.finishReason() == FinishReason.STOP);
  }
}
