/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.rollout;

import dev.dpo4j.model.CausalLm;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.nn.LogProbHead.Want;
import dev.dpo4j.nn.TokenStats;
import dev.dpo4j.train.loop.RowsPerPass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Lays answers out as flat batches: a prompt that several answers side by side have is computed
 * once.
 */
public final class AnswerPasses {
  private final RowsPerPass size;

  /** Lays answers out for a model of that size. */
  public AnswerPasses(RowsPerPass size) {
    this.size = size;
  }

  /**
   * Splits answers into passes, in order.
   *
   * @param samples all answers
   * @param chosen places of those that are computed; each has at least one token
   */
  public List<int[]> passes(List<RolloutSample> samples, int[] chosen) {
    int[] before = new int[samples.size()];
    int last = -1;
    for (int i : chosen) {
      before[i] = last;
      last = i;
    }
    return size.split(
        chosen,
        i -> {
          RolloutSample sample = samples.get(i);
          boolean shared = before[i] >= 0 && samples.get(before[i]).place() == sample.place();
          return sample.completion().ids().length + (shared ? 0 : sample.prompt().ids().length);
        });
  }

  /** Rows of the largest pass of answers that all have so many tokens. */
  public long longestPass(int[] promptLengths, int[] places, int tokens) {
    int[] entries = new int[promptLengths.length];
    Arrays.setAll(entries, i -> i);
    long longest = 0;
    for (int[] pass :
        size.split(
            entries, i -> tokens + (i > 0 && places[i] == places[i - 1] ? 0 : promptLengths[i]))) {
      long rows = 0;
      for (int i : pass) {
        boolean shared = i > pass[0] && places[i] == places[i - 1];
        rows += tokens + (shared ? 0 : promptLengths[i]);
      }
      longest = Math.max(longest, rows);
    }
    return longest;
  }

  /** The flat batch of a pass: its sequence i is the answer at {@code pass[i]}. */
  public FlatBatch batch(List<RolloutSample> samples, int[] pass) {
    List<FlatBatch.Tree> trees = new ArrayList<>();
    List<int[]> sequences = new ArrayList<>();
    List<boolean[]> scored = new ArrayList<>();
    for (int i = 0; i < pass.length; i++) {
      RolloutSample sample = samples.get(pass[i]);
      if (i > 0 && samples.get(pass[i - 1]).place() != sample.place()) {
        trees.add(new FlatBatch.Tree(sequences, scored));
        sequences.clear();
        scored.clear();
      }
      FlatBatch.Tree own = FlatBatch.Tree.single(sample.prompt().ids(), sample.completion().ids());
      sequences.add(own.sequences().get(0));
      scored.add(own.scored().get(0));
    }
    trees.add(new FlatBatch.Tree(sequences, scored));
    return FlatBatch.of(trees, size.everyToken());
  }

  /**
   * The log-probability of each token of some answers.
   *
   * @return for each of all answers its numbers; an empty array for those that are not chosen
   */
  public List<float[]> score(CausalLm model, List<RolloutSample> samples, int[] chosen) {
    List<float[]> logps = new ArrayList<>();
    for (int i = 0; i < samples.size(); i++) {
      logps.add(new float[0]);
    }
    for (int[] pass : passes(samples, chosen)) {
      FlatBatch batch = batch(samples, pass);
      TokenStats stats = model.score(batch, Want.LOGPS);
      for (int s = 0; s < pass.length; s++) {
        logps.set(
            pass[s], Arrays.copyOfRange(stats.logps(), batch.entryStart(s), batch.entryEnd(s)));
      }
    }
    return logps;
  }
}
