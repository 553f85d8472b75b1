/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.sft;

import dev.dpo4j.metrics.MetricAccumulator;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.nn.LogProbHead.Want;
import dev.dpo4j.nn.TokenStats;
import dev.dpo4j.train.loop.EvalBatches;
import dev.dpo4j.train.loop.NonFiniteException;
import dev.dpo4j.train.loop.OptimizerStep;
import dev.dpo4j.train.loop.RankRows;
import dev.dpo4j.train.loop.TrainTask;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Supervised fine-tuning: the mean of -log p over all scored tokens of an optimizer step.
 *
 * <p>The mean is over the tokens of the whole step, not of each micro-batch, as in transformers, so
 * that accumulation does not change the loss. With {@code dft} each token is weighed by its own
 * probability, without gradient (Wu et al. 2025, "On the Generalization of SFT", arXiv 2508.05629).
 */
public final class SftTask implements TrainTask {
  private final CausalLm policy;
  private final SftRows train;
  private final SftRows eval;
  private final boolean dft;
  private final int evalBatchSize;
  private final RankRows share;

  /**
   * Makes the task.
   *
   * @param eval held-out rows; may be none
   * @param dft whether each token is weighed by its own probability
   * @param share which rows this process computes
   */
  SftTask(
      CausalLm policy,
      SftRows train,
      SftRows eval,
      boolean dft,
      int evalBatchSize,
      RankRows share) {
    this.policy = policy;
    this.train = train;
    this.eval = eval;
    this.dft = dft;
    this.evalBatchSize = evalBatchSize;
    this.share = share;
  }

  /** Sums over scored tokens. */
  private static final class Sums {
    private final boolean dft;
    private double losses;
    private double entropies;
    private long correct;
    private long tokens;
    private double auxiliary;

    Sums(boolean dft) {
      this.dft = dft;
    }

    void add(TokenStats stats) {
      for (int i = 0; i < stats.logps().length; i++) {
        losses -= weight(dft, stats.logps()[i]) * stats.logps()[i];
        entropies += stats.entropies()[i];
        correct += stats.top1()[i] ? 1 : 0;
        tokens++;
      }
    }

    double[] numbers() {
      return new double[] {losses, entropies, correct, tokens, auxiliary};
    }

    Sums addAll(List<double[]> parts) {
      for (double[] part : parts) {
        losses += part[0];
        entropies += part[1];
        correct += (long) part[2];
        tokens += (long) part[3];
        auxiliary += part[4];
      }
      return this;
    }

    Map<String, Double> metrics() {
      Map<String, Double> metrics = new LinkedHashMap<>();
      metrics.put("entropy", entropies / Math.max(1, tokens));
      metrics.put("mean_token_accuracy", correct / (double) Math.max(1, tokens));
      return metrics;
    }
  }

  /** What a token counts. */
  static double weight(boolean dft, double logp) {
    return dft ? Math.exp(logp) : 1;
  }

  @Override
  public void step(OptimizerStep step, MicroBatchLog log) {
    long scored =
        step.microBatches().stream().flatMapToInt(Arrays::stream).mapToLong(train::scored).sum();
    for (int[] rows : step.microBatches()) {
      Sums own = new Sums(dft);
      double balance = policy.auxiliaryCoefficient();
      int[] ownRows = share.own(rows);
      List<List<FlatBatch.Tree>> passes = train.passes(policy.config(), ownRows);
      int turns = balance == 0 ? 0 : share.turns(passes.size());
      for (List<FlatBatch.Tree> trees : passes) {
        if (RankRows.isLast(step, rows, passes, trees)) {
          policy.nextPassIsLast();
        }
        FlatBatch batch = FlatBatch.of(trees, balance != 0);
        try (CausalLm.Pass pass = policy.forward(batch, Want.METRICS)) {
          TokenStats stats = pass.stats();
          own.add(stats);
          float[] weights = new float[batch.entries()];
          for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) (-weight(dft, stats.logps()[i]) / Math.max(1, scored));
          }
          double portion = (double) ownRows.length / rows.length / passes.size();
          double together = balance == 0 ? 0 : share.balance(pass, portion);
          own.auxiliary += balance == 0 ? 0 : portion * pass.auxiliaryLoss();
          pass.backward(weights, balance * together / step.microBatches().size());
        }
      }
      for (int turn = passes.size(); turn < turns; turn++) {
        share.balance(null, 0);
      }
      Sums sums = new Sums(dft).addAll(share.all(List.of(own.numbers())));
      double loss =
          sums.losses / Math.max(1, scored) + balance * sums.auxiliary / step.microBatches().size();
      NonFiniteException.check("The loss", loss, step, Arrays.stream(rows), this);
      Map<String, Double> metrics = sums.metrics();
      if (balance != 0) {
        metrics.put("aux_loss", sums.auxiliary);
      }
      log.add(loss, metrics);
    }
  }

  @Override
  public long tokens(int row) {
    return train.tokens(row);
  }

  @Override
  public int sourceRow(int row) {
    return train.sourceRow(row);
  }

  @Override
  public double flos(int[] microBatch) {
    long longest = Arrays.stream(microBatch).mapToLong(this::tokens).max().orElse(0);
    return policy.trainingFlos(microBatch.length * longest);
  }

  @Override
  public int evalRows() {
    return eval.size();
  }

  @Override
  public int evalBatches() {
    return EvalBatches.count(eval.size(), evalBatchSize);
  }

  @Override
  public Map<String, Double> evaluate(BooleanSupplier stopRequested) {
    if (eval.size() == 0) {
      return Map.of();
    }
    List<int[]> batches = EvalBatches.of(eval.size(), evalBatchSize);
    Sums sums = new Sums(dft).addAll(share.overBatches(batches, stopRequested, this::evaluate));
    return MetricAccumulator.evaluation(sums.losses / Math.max(1, sums.tokens), sums.metrics());
  }

  private List<double[]> evaluate(int[] batch) {
    Sums sums = new Sums(dft);
    for (List<FlatBatch.Tree> trees : eval.passes(policy.config(), batch)) {
      sums.add(policy.score(FlatBatch.of(trees), Want.METRICS));
    }
    return List.of(sums.numbers());
  }
}
