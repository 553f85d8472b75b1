/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.reward;

import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.model.RewardSequence;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.nn.TokenStats;
import dev.dpo4j.train.loop.RowsPerPass;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Pairs laid out for a reward model: what both sequences of a pair begin with is computed once, and
 * each has one entry, at its end.
 */
final class RewardPairs {
  private static final String MARGIN = "margin";

  private final List<TokenizedPair> pairs;
  private final ModelConfig model;
  private final RowsPerPass passSize;

  RewardPairs(List<TokenizedPair> pairs, ModelConfig model) {
    this.pairs = pairs;
    this.model = model;
    this.passSize = RowsPerPass.of(model);
  }

  /**
   * The rewards of a pair.
   *
   * @param chosen of the chosen answer
   * @param rejected of the rejected answer
   */
  record Rewards(double chosen, double rejected) {}

  int size() {
    return pairs.size();
  }

  TokenizedPair pair(int row) {
    return pairs.get(row);
  }

  /** By how much the chosen answer is asked to lead. */
  double margin(int row) {
    return pairs.get(row).extras().getOrDefault(MARGIN, 0.0);
  }

  /** Tokens of the longer sequence of a pair. */
  long longest(int row) {
    TokenizedPair pair = pairs.get(row);
    return (long) pair.promptIds().length
        + Math.max(pair.chosenIds().length, pair.rejectedIds().length);
  }

  private FlatBatch.Tree tree(int row) {
    TokenizedPair pair = pairs.get(row);
    Integer pad = model.padTokenId();
    return FlatBatch.Tree.prompts(
        List.of(
            RewardSequence.upToScore(pair.promptIds(), pair.chosenIds(), pad),
            RewardSequence.upToScore(pair.promptIds(), pair.rejectedIds(), pad)));
  }

  /** Splits the rows of a micro-batch into passes, in order. */
  List<int[]> passes(int[] rows) {
    return passSize.split(rows, row -> tree(row).rows());
  }

  /** Rows of the largest pass. */
  long longestPass(int[] rows) {
    return passes(rows).stream()
        .mapToLong(pass -> IntStream.of(pass).mapToLong(row -> tree(row).rows()).sum())
        .max()
        .orElse(0);
  }

  FlatBatch batch(int[] pass) {
    return FlatBatch.of(Arrays.stream(pass).mapToObj(this::tree).toList());
  }

  /** Reads the rewards of a pass: each sequence has one entry. */
  static List<Rewards> read(TokenStats stats) {
    float[] scores = stats.logps();
    return IntStream.range(0, scores.length / 2)
        .mapToObj(i -> new Rewards(scores[2 * i], scores[2 * i + 1]))
        .toList();
  }
}
