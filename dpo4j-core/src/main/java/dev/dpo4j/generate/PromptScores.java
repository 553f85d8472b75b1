/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate;

import dev.dpo4j.generate.TokenLogProb.Candidate;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.nn.LogProbHead;
import dev.dpo4j.nn.TokenStats;
import dev.dpo4j.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The log-probabilities of the tokens of a text, each behind those before it. */
public final class PromptScores {
  /** Bytes of logits that may exist at once. */
  private static final long MOST_BYTES = 2L << 30;

  private PromptScores() {}

  /**
   * Scores a text; its first token has no log-probability and is left out.
   *
   * @param ids at least one token
   * @param top how many of the most probable tokens are told at each place, 0 for none
   * @throws IllegalArgumentException if so many logits do not fit into memory
   */
  public static List<TokenLogProb> of(CausalLm model, int[] ids, int top) {
    if (ids.length < 2) {
      return List.of();
    }
    int[] rest = Arrays.copyOfRange(ids, 1, ids.length);
    FlatBatch batch = FlatBatch.of(List.of(FlatBatch.Tree.single(new int[] {ids[0]}, rest)));
    TokenStats stats = model.score(batch, LogProbHead.Want.LOGPS);
    float[] logits = top > 0 ? logits(model, ids) : new float[0];
    int vocabulary = logits.length / ids.length;
    List<TokenLogProb> scores = new ArrayList<>();
    for (int i = 0; i < rest.length; i++) {
      double logProb = stats.logps()[batch.entryStart(0) + i];
      List<Candidate> best = List.of();
      if (top > 0) {
        best = TokenLogProb.of(logits, i * vocabulary, vocabulary, rest[i], top).top();
        best = withOwn(best, rest[i], logProb);
      }
      scores.add(new TokenLogProb(rest[i], logProb, best));
    }
    return scores;
  }

  /** Both ways of computing round differently; a token has one log-probability. */
  private static List<Candidate> withOwn(List<Candidate> best, int id, double logProb) {
    return best.stream()
        .map(candidate -> candidate.id() == id ? new Candidate(id, logProb) : candidate)
        .toList();
  }

  private static float[] logits(CausalLm model, int[] ids) {
    long bytes = (long) ids.length * model.config().vocabSize() * Float.BYTES;
    if (bytes > MOST_BYTES) {
      throw new IllegalArgumentException(
          "the most probable tokens of a prompt of %d tokens take %d MiB of logits, and %d are allowed: ask for logprobs 0, or for a shorter prompt"
              .formatted(ids.length, bytes >> 20, MOST_BYTES >> 20));
    }
    try (Scope scope = Scope.open()) {
      return model.logits(ids).toFloats();
    }
  }
}
