/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api;

import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.generate.GenerationEngine;
import dev.dpo4j.generate.GenerationRequest;
import dev.dpo4j.generate.SamplingOptions;
import dev.dpo4j.generate.StopRules;
import dev.dpo4j.loss.AnswerStats;
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
import java.util.function.Predicate;

/** Scores pairs with one model, and answers some of their prompts. */
final class PairScoring {
  private static final int BATCH = 8;

  private final LanguageModel model;
  private final ComputeOptions compute;
  private final Progress progress;

  PairScoring(LanguageModel model, ComputeOptions compute, Progress progress) {
    this.model = model;
    this.compute = compute;
    this.progress = progress;
  }

  /** Is told how many pairs are scored. */
  interface Progress {
    void scored(int done, int all);
  }

  /** An answer that the model made. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Sampled(int[] prompt, int[] answer) {}

  /** Log-probabilities of all pairs, and of the sampled answers. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Scores(
      double[] chosen,
      double[] rejected,
      int[] chosenTokens,
      int[] rejectedTokens,
      double[] samples) {}

  Scores score(List<TokenizedPair> pairs, List<Sampled> samples) {
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
          AnswerStats chosen = found.chosen().get(i);
          AnswerStats rejected = found.rejected().get(i);
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

  /** Answers the first different prompts as the model would, each token by its probability. */
  List<Sampled> sample(List<TokenizedPair> pairs, int prompts, int tokens, long seed) {
    List<Sampled> samples = new ArrayList<>();
    Predicate<int[]> unseen = SamplePrompts.unseen();
    StopRules stops = StopRules.of(model.tokenizer(), model.tokenizer().stopIds(), List.of());
    try (CausalLm network = model.compute(compute);
        GenerationEngine engine = new GenerationEngine(network, model.tokenizer(), 1)) {
      for (TokenizedPair pair : pairs) {
        int[] prompt = pair.promptIds();
        if (samples.size() == prompts) {
          break;
        }
        if (unseen.test(prompt)) {
          SamplingOptions options =
              new SamplingOptions(tokens, 1, 0, 1, 0, 1, seed + samples.size());
          int[] answer =
              engine.answer(GenerationRequest.of(prompt, options, stops)).tokenIds().stream()
                  .mapToInt(Integer::intValue)
                  .toArray();
          if (answer.length > 0) {
            samples.add(new Sampled(prompt, answer));
          }
        }
      }
    }
    return samples;
  }
}
