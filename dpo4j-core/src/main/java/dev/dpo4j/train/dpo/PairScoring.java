/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.dpo;

import dev.dpo4j.data.token.TokenizedPair;
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
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.nn.LogProbHead.Want;
import dev.dpo4j.nn.TokenStats;
import dev.dpo4j.train.loop.EvalBatches;
import dev.dpo4j.train.loop.RowsPerPass;
import dev.dpo4j.train.loop.SamplePrompts;
import dev.dpo4j.train.reference.PairScorer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** Scores pairs with one model, and answers some of their prompts. */
public final class PairScoring {
  private static final int BATCH = 8;

  /** Prompts that are answered at the same time. */
  private static final int SLOTS = 8;

  private final LanguageModel model;
  private final ComputeOptions compute;
  private final Progress progress;

  /**
   * Prepares to score.
   *
   * @param model the model, which stays open
   * @param compute how it computes
   * @param progress is told how many pairs are scored
   */
  public PairScoring(LanguageModel model, ComputeOptions compute, Progress progress) {
    this.model = model;
    this.compute = compute;
    this.progress = progress;
  }

  /** Is told how many pairs are scored. */
  public interface Progress {
    /** Takes the number of pairs so far, and of all. */
    void scored(int done, int all);
  }

  /**
   * An answer that the model made.
   *
   * @param prompt token ids of the prompt
   * @param answer token ids of the answer, without the one that ends it
   * @param whole whether the model ended it, and not the limit
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Sampled(int[] prompt, int[] answer, boolean whole) {}

  /**
   * Log-probabilities of all pairs, and of the sampled answers, in nats.
   *
   * @param chosen of the chosen answers
   * @param rejected of the rejected answers
   * @param chosenTokens scored tokens of the chosen answers
   * @param rejectedTokens scored tokens of the rejected answers
   * @param samples of the sampled answers
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Scores(
      double[] chosen,
      double[] rejected,
      int[] chosenTokens,
      int[] rejectedTokens,
      double[] samples) {}

  /** Scores pairs, and answers of this or another model. */
  public Scores score(List<TokenizedPair> pairs, List<Sampled> samples) {
    int all = pairs.size();
    Scores scores =
        new Scores(
            new double[all],
            new double[all],
            new int[all],
            new int[all],
            new double[samples.size()]);
    PairScorer scorer = new PairScorer(pairs, RowsPerPass.of(model.config()));
    try (CausalLm network = model.compute(compute)) {
      for (int[] batch : EvalBatches.of(all, BATCH)) {
        PairScorer.Scores found = scorer.score(network, batch, Want.LOGPS);
        for (int i = 0; i < batch.length; i++) {
          TokenStats chosen = found.chosen().get(i);
          TokenStats rejected = found.rejected().get(i);
          scores.chosen[batch[i]] = chosen.logp();
          scores.rejected[batch[i]] = rejected.logp();
          scores.chosenTokens[batch[i]] = chosen.tokens();
          scores.rejectedTokens[batch[i]] = rejected.tokens();
        }
        progress.scored(batch[batch.length - 1] + 1, all);
      }
      for (int i = 0; i < samples.size(); i++) {
        Sampled sample = samples.get(i);
        FlatBatch one =
            FlatBatch.of(List.of(FlatBatch.Tree.single(sample.prompt(), sample.answer())));
        TokenStats stats = network.score(one, Want.LOGPS);
        scores.samples[i] = stats.sumLogps(one.entryStart(0), one.entryEnd(0));
      }
    }
    return scores;
  }

  /**
   * Answers prompts with the most probable tokens.
   *
   * @param prompts token ids
   * @param tokens most tokens of an answer
   * @return the texts
   */
  public List<String> answer(List<int[]> prompts, int tokens) {
    return prompts.isEmpty()
        ? List.of()
        : answers(prompts, place -> SamplingOptions.greedy(tokens)).stream()
            .map(Answer::text)
            .toList();
  }

  private List<Answer> answers(List<int[]> prompts, IntFunction<SamplingOptions> options) {
    StopRules stops = StopRules.of(model.tokenizer(), model.tokenizer().stopIds(), List.of());
    try (CausalLm network = model.compute(compute);
        GenerationEngine engine =
            new GenerationEngine(network, model.tokenizer(), Math.min(SLOTS, prompts.size()))) {
      List<GenerationTask> tasks = new ArrayList<>();
      for (int i = 0; i < prompts.size(); i++) {
        tasks.add(engine.submit(GenerationRequest.of(prompts.get(i), options.apply(i), stops)));
      }
      while (tasks.stream().anyMatch(task -> !task.isDone())) {
        engine.step();
      }
      return tasks.stream().map(GenerationTask::await).toList();
    }
  }

  /**
   * Answers the first different prompts as the model would, each token by its probability.
   *
   * @param prompts how many at most
   * @param tokens most tokens of an answer
   * @param seed of the draws; each prompt has its own
   */
  public List<Sampled> sample(List<TokenizedPair> pairs, int prompts, int tokens, long seed) {
    return sample(SamplePrompts.first(pairs, TokenizedPair::promptIds, prompts), tokens, seed);
  }

  /**
   * Answers prompts as the model would, each token by its probability.
   *
   * @param prompts token ids
   * @param tokens most tokens of an answer
   * @param seed of the draws; each prompt has its own
   * @return the answers that have a token
   */
  public List<Sampled> sample(List<int[]> prompts, int tokens, long seed) {
    if (prompts.isEmpty()) {
      return List.of();
    }
    List<Answer> answers =
        answers(prompts, i -> new SamplingOptions(tokens, 1, 0, 1, 0, 1, seed + i));
    List<Sampled> samples = new ArrayList<>();
    for (int i = 0; i < prompts.size(); i++) {
      int[] ids = answers.get(i).tokenIds().stream().mapToInt(Integer::intValue).toArray();
      if (ids.length > 0) {
        boolean whole = answers.get(i).finishReason() != FinishReason.LENGTH;
        samples.add(new Sampled(prompts.get(i), ids, whole));
      }
    }
    return samples;
  }
}
