/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.sweep;

import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.eval.PairFigures;
import dev.dpo4j.eval.ScoredPair;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.dpo.PairScoring;
import dev.dpo4j.train.dpo.ReferenceBook;
import dev.dpo4j.train.loop.SamplePrompts;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Measures the model of a run on held-out pairs, and how it answers their prompts. */
final class SweepMeasure {
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
   * @param answers its own answers
   */
  record Seen(List<ScoredPair> scored, OwnAnswers answers) {}

  /** Asks the trained model. */
  Seen ask(LanguageModel policy, ComputeOptions compute) {
    OwnAnswers answers =
        OwnAnswers.of(
            policy,
            compute,
            SamplePrompts.first(pairs, TokenizedPair::promptIds, options.klPrompts()),
            options.klMaxNewTokens(),
            seed);
    PairScoring.Scores scores =
        new PairScoring(policy, compute, (done, all) -> {}).score(pairs, List.of());
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
    return new Seen(scored, answers);
  }

  /** Computes the figures of the held-out rows. */
  Map<String, Double> figures(Seen seen, double beta) {
    Map<String, Double> figures = new LinkedHashMap<>();
    new PairFigures(beta, seed)
        .of(seen.scored())
        .forEach((name, found) -> figures.put(name, found.value()));
    return figures;
  }

  /** What each held-out row adds to them. */
  Map<String, List<Double>> parts(Seen seen, double beta) {
    return new PairFigures(beta, seed).parts(seen.scored());
  }
}
