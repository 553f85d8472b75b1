/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.sweep;

import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.dpo.PairScoring;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Answers that a trained model gave; the model that training began with has yet to be asked about
 * them.
 *
 * @param samples the answers
 * @param logps their log-probabilities under the model that gave them
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record OwnAnswers(List<PairScoring.Sampled> samples, double[] logps) {
  /** Tokens of a piece that counts as repeated. */
  private static final int PIECE = 3;

  /**
   * Lets a model answer prompts as it would.
   *
   * @param tokens most tokens of an answer
   * @param seed of the draws
   */
  static OwnAnswers of(
      LanguageModel policy, ComputeOptions compute, List<int[]> prompts, int tokens, long seed) {
    if (prompts.isEmpty()) {
      return new OwnAnswers(List.of(), new double[0]);
    }
    PairScoring scoring = new PairScoring(policy, compute, (done, all) -> {});
    List<PairScoring.Sampled> samples = scoring.sample(prompts, tokens, seed);
    return new OwnAnswers(samples, scoring.score(List.of(), samples).samples());
  }

  /**
   * Computes the figures of the answers, of which there must be some.
   *
   * @param reference the model that training began with, or the one that was given
   * @param more computes further figures of the texts
   */
  Map<String, Double> figures(LanguageModel reference, ComputeOptions compute, AnswerFigures more) {
    double[] others =
        new PairScoring(reference, compute, (done, all) -> {}).score(List.of(), samples).samples();
    double kl = 0;
    double tokens = 0;
    double repeated = 0;
    double cut = 0;
    for (int i = 0; i < others.length; i++) {
      kl += logps[i] - others[i];
      tokens += samples.get(i).answer().length;
      repeated += repetition(samples.get(i).answer());
      cut += samples.get(i).whole() ? 0 : 1;
    }
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("kl", kl / others.length);
    figures.put("answer_tokens", tokens / others.length);
    figures.put("repetition", repeated / others.length);
    figures.put("cut_off", cut / others.length);
    figures.putAll(
        more.of(
            samples.stream()
                .map(sample -> reference.tokenizer().decode(sample.answer(), true).strip())
                .toList()));
    return figures;
  }

  /** The share of the pieces of an answer that stand in it before. */
  static double repetition(int[] answer) {
    Set<List<Integer>> seen = new HashSet<>();
    int pieces = Math.max(0, answer.length - PIECE + 1);
    int again = 0;
    for (int i = 0; i < pieces; i++) {
      List<Integer> piece = new ArrayList<>();
      for (int j = i; j < i + PIECE; j++) {
        piece.add(answer[j]);
      }
      again += seen.add(piece) ? 0 : 1;
    }
    return pieces == 0 ? 0 : (double) again / pieces;
  }
}
