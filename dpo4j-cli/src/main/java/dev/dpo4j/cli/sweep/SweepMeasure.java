/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.sweep;

import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.eval.PairFigures;
import dev.dpo4j.eval.ScoredPair;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.dpo.PairScoring;
import dev.dpo4j.train.dpo.ReferenceBook;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Measures the model of a run on held-out rows, and how it answers their prompts. */
final class SweepMeasure {
  /** Tokens of a piece that counts as repeated. */
  private static final int PIECE = 3;

  private final List<TokenizedPair> pairs;
  private final ReferenceBook book;
  private final SweepOptions options;
  private final long seed;

  /**
   * Prepares to measure.
   *
   * @param pairs the held-out rows
   * @param book what the reference says of them
   * @param seed of the answers, the same for all runs
   */
  SweepMeasure(List<TokenizedPair> pairs, ReferenceBook book, SweepOptions options, long seed) {
    this.pairs = pairs;
    this.book = book;
    this.options = options;
    this.seed = seed;
  }

  /**
   * What a model says; the reference has yet to be asked about its answers.
   *
   * @param scored the held-out rows
   * @param samples its own answers
   * @param logps their log-probabilities
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Seen(List<ScoredPair> scored, List<PairScoring.Sampled> samples, double[] logps) {}

  /** Asks the trained model. */
  Seen ask(LanguageModel policy, ComputeOptions compute) {
    PairScoring scoring = new PairScoring(policy, compute, (done, all) -> {});
    List<PairScoring.Sampled> samples =
        scoring.sample(pairs, options.klPrompts(), options.klMaxNewTokens(), seed);
    PairScoring.Scores scores = scoring.score(pairs, samples);
    List<double[]> reference = book.heldOut(pairs.size());
    List<ScoredPair> scored = new ArrayList<>();
    for (int i = 0; i < pairs.size(); i++) {
      scored.add(
          new ScoredPair(
              pairs.get(i).row(),
              scores.chosen()[i],
              scores.rejected()[i],
              reference.get(0)[i],
              reference.get(1)[i],
              scores.chosenTokens()[i],
              scores.rejectedTokens()[i],
              Double.NaN,
              Map.of()));
    }
    return new Seen(scored, samples, scores.samples());
  }

  /** Computes the figures of the held-out rows. */
  Map<String, Double> figures(Seen seen, double beta) {
    Map<String, Double> figures = new LinkedHashMap<>();
    new PairFigures(beta, seed)
        .of(seen.scored())
        .forEach((name, found) -> figures.put(name, found.value()));
    return figures;
  }

  /**
   * Computes the figures of the model's own answers, of which there must be some.
   *
   * @param reference the model that training began with, or the one that was given
   * @param more computes further figures of the texts
   */
  static Map<String, Double> answerFigures(
      Seen seen, LanguageModel reference, ComputeOptions compute, AnswerFigures more) {
    List<PairScoring.Sampled> samples = seen.samples();
    double[] others =
        new PairScoring(reference, compute, (done, all) -> {}).score(List.of(), samples).samples();
    double kl = 0;
    double tokens = 0;
    double repeated = 0;
    double cut = 0;
    for (int i = 0; i < others.length; i++) {
      kl += seen.logps()[i] - others[i];
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
