/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train;

import dev.dpo4j.data.FlatBatch;
import dev.dpo4j.data.TokenizedExample;
import dev.dpo4j.metrics.MetricAccumulator;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.nn.LogProbHead.Want;
import dev.dpo4j.nn.TokenStats;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Supervised fine-tuning: the mean of -log p over all scored tokens of an optimizer step.
 *
 * <p>The mean is over the tokens of the whole step, not of each micro-batch, as in transformers, so
 * that accumulation does not change the loss.
 */
public final class SftTask implements TrainTask {
  private final CausalLm policy;
  private final List<TokenizedExample> train;
  private final List<TokenizedExample> eval;

  /**
   * Makes the task.
   *
   * @param eval held-out examples; may be empty
   */
  public SftTask(CausalLm policy, List<TokenizedExample> train, List<TokenizedExample> eval) {
    this.policy = policy;
    this.train = List.copyOf(train);
    this.eval = List.copyOf(eval);
  }

  /** Sums over scored tokens. */
  private static final class Sums {
    private double logps;
    private double entropies;
    private long correct;
    private long tokens;

    void add(TokenStats stats) {
      for (int i = 0; i < stats.logps().length; i++) {
        logps += stats.logps()[i];
        entropies += stats.entropies()[i];
        correct += stats.top1()[i] ? 1 : 0;
        tokens++;
      }
    }

    Map<String, Double> metrics() {
      Map<String, Double> metrics = new LinkedHashMap<>();
      metrics.put("entropy", entropies / Math.max(1, tokens));
      metrics.put("mean_token_accuracy", correct / (double) Math.max(1, tokens));
      return metrics;
    }
  }

  @Override
  public void step(OptimizerStep step, MicroBatchLog log) {
    long scored =
        step.microBatches().stream()
            .flatMapToInt(Arrays::stream)
            .mapToLong(row -> scored(train.get(row)))
            .sum();
    for (int[] rows : step.microBatches()) {
      Sums sums = new Sums();
      for (FlatBatch batch : batches(train, rows)) {
        try (CausalLm.Pass pass = policy.forward(batch, Want.METRICS)) {
          sums.add(pass.stats());
          float[] weights = new float[batch.entries()];
          Arrays.fill(weights, -1f / Math.max(1, scored));
          pass.backward(weights);
        }
      }
      double loss = -sums.logps / Math.max(1, scored);
      if (!Double.isFinite(loss)) {
        throw NonFiniteException.of(
            "The loss",
            loss,
            step,
            Arrays.toString(Arrays.stream(rows).map(this::sourceRow).toArray()));
      }
      log.add(loss, sums.metrics());
    }
  }

  /** Flat batches of at most {@link PairScorer#PASS_ROWS} rows, one example at least. */
  private static List<FlatBatch> batches(List<TokenizedExample> examples, int[] rows) {
    List<FlatBatch> batches = new ArrayList<>();
    List<FlatBatch.Tree> trees = new ArrayList<>();
    int total = 0;
    for (int row : rows) {
      TokenizedExample example = examples.get(row);
      int count = example.scored().length;
      if (!trees.isEmpty() && total + count > PairScorer.PASS_ROWS) {
        batches.add(FlatBatch.of(trees));
        trees.clear();
        total = 0;
      }
      trees.add(new FlatBatch.Tree(List.of(example.sequence()), List.of(example.scored())));
      total += count;
    }
    batches.add(FlatBatch.of(trees));
    return batches;
  }

  private static long scored(TokenizedExample example) {
    return IntStream.range(1, example.scored().length).filter(i -> example.scored()[i]).count();
  }

  @Override
  public long tokens(int row) {
    return train.get(row).scored().length;
  }

  @Override
  public int sourceRow(int row) {
    return train.get(row).row();
  }

  @Override
  public Map<String, Double> evaluate() {
    if (eval.isEmpty()) {
      return Map.of();
    }
    Sums sums = new Sums();
    for (FlatBatch batch : batches(eval, IntStream.range(0, eval.size()).toArray())) {
      sums.add(policy.score(batch, Want.METRICS));
    }
    return MetricAccumulator.evaluation(-sums.logps / Math.max(1, sums.tokens), sums.metrics());
  }
}
