/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.reference;

import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.nn.LogProbHead.Want;
import dev.dpo4j.nn.TokenStats;
import dev.dpo4j.train.loop.RowsPerPass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Lays pairs out as flat batches and reads the model's answers back.
 *
 * <p>A micro-batch goes through the model in passes of a {@link RowsPerPass}, one pair at least.
 * The grouping depends on the rows and the model alone, so that policy and reference see the same
 * batches and their first log-probabilities are equal to the bit.
 */
public final class PairScorer {
  private final List<TokenizedPair> pairs;
  private final RowsPerPass passSize;

  public PairScorer(List<TokenizedPair> pairs, RowsPerPass passSize) {
    this.pairs = pairs;
    this.passSize = passSize;
  }

  /** Both answers of some pairs, as a model scored them. */
  public record Scores(List<TokenStats> chosen, List<TokenStats> rejected) {
    static Scores concat(List<Scores> parts) {
      return new Scores(
          parts.stream().flatMap(part -> part.chosen().stream()).toList(),
          parts.stream().flatMap(part -> part.rejected().stream()).toList());
    }
  }

  public TokenizedPair pair(int row) {
    return pairs.get(row);
  }

  public int size() {
    return pairs.size();
  }

  /** Rows that a pair takes in a flat batch. */
  public long rows(int row) {
    return tree(row).rows();
  }

  /** Splits the rows of a micro-batch into passes, in order. */
  public List<int[]> passes(int[] rows) {
    return passSize.split(rows, row -> tree(row).rows());
  }

  /** The flat batch of a pass: sequences 2i and 2i+1 are the answers of its pair i. */
  public FlatBatch batch(int[] pass) {
    List<FlatBatch.Tree> trees = Arrays.stream(pass).mapToObj(this::tree).toList();
    return FlatBatch.of(trees, passSize.everyToken());
  }

  private FlatBatch.Tree tree(int row) {
    TokenizedPair pair = pairs.get(row);
    return FlatBatch.Tree.pair(
        pair.promptIds(), pair.chosenIds(), pair.rejectedPromptIds(), pair.rejectedIds());
  }

  /** Scores rows without keeping anything for a backward pass. */
  public Scores score(CausalLm model, int[] rows, Want want) {
    List<Scores> parts = new ArrayList<>();
    for (int[] pass : passes(rows)) {
      FlatBatch batch = batch(pass);
      parts.add(read(batch, model.score(batch, want)));
    }
    return Scores.concat(parts);
  }

  /** The log-probabilities alone, as a reference gives them. */
  List<ReferenceLogps.Answers> answers(CausalLm model, int[] rows) {
    Scores scores = score(model, rows, Want.LOGPS);
    return IntStream.range(0, rows.length)
        .mapToObj(
            i ->
                new ReferenceLogps.Answers(
                    scores.chosen().get(i).logps(), scores.rejected().get(i).logps()))
        .toList();
  }

  /** Cuts the entries of a batch into answers. */
  public static Scores read(FlatBatch batch, TokenStats stats) {
    List<TokenStats> chosen = new ArrayList<>();
    List<TokenStats> rejected = new ArrayList<>();
    for (int s = 0; s < batch.sequences(); s++) {
      (s % 2 == 0 ? chosen : rejected).add(answer(batch, stats, s));
    }
    return new Scores(chosen, rejected);
  }

  /** The numbers of one sequence of a batch. */
  static TokenStats answer(FlatBatch batch, TokenStats stats, int sequence) {
    return stats.slice(batch.entryStart(sequence), batch.entryEnd(sequence));
  }
}
