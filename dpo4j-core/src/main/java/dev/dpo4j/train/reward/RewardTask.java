/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.reward;

import dev.dpo4j.loss.DualNumber;
import dev.dpo4j.loss.RewardLoss;
import dev.dpo4j.metrics.MetricAccumulator;
import dev.dpo4j.metrics.RewardMetrics;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.nn.LogProbHead.Want;
import dev.dpo4j.train.loop.EvalBatches;
import dev.dpo4j.train.loop.NonFiniteException;
import dev.dpo4j.train.loop.OptimizerStep;
import dev.dpo4j.train.loop.RankRows;
import dev.dpo4j.train.loop.TrainTask;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** Training of rewards on pairs: each pair counts alike within its micro-batch, as in TRL. */
final class RewardTask implements TrainTask {
  private final CausalLm model;
  private final RewardLoss loss;
  private final RewardPairs train;
  private final RewardPairs eval;
  private final int evalBatchSize;
  private final RankRows share;

  /**
   * Makes the task.
   *
   * @param eval held-out pairs; may be none
   * @param share which pairs this process computes
   */
  RewardTask(
      CausalLm model,
      RewardLoss loss,
      RewardPairs train,
      RewardPairs eval,
      int evalBatchSize,
      RankRows share) {
    this.model = model;
    this.loss = loss;
    this.train = train;
    this.eval = eval;
    this.evalBatchSize = evalBatchSize;
    this.share = share;
  }

  @Override
  public void step(OptimizerStep step, MicroBatchLog log) {
    for (int[] rows : step.microBatches()) {
      double portion = 1.0 / rows.length / step.microBatches().size();
      List<double[]> own = new ArrayList<>();
      List<int[]> passes = train.passes(share.own(rows));
      for (int[] pass : passes) {
        if (RankRows.isLast(step, rows, passes, pass)) {
          model.nextPassIsLast();
        }
        trainPass(pass, portion, own);
      }
      Sums sums = Sums.of(share.all(own));
      double stepShare = sums.loss() * portion;
      NonFiniteException.check("The loss", stepShare, step, Arrays.stream(rows), this);
      log.add(stepShare, sums.metrics().values());
    }
  }

  /** What the pairs of a batch add up to: for each, its two rewards and its loss. */
  private record Sums(double loss, RewardMetrics metrics) {
    static Sums of(List<double[]> pairs) {
      RewardMetrics metrics = new RewardMetrics();
      double loss = 0;
      for (double[] pair : pairs) {
        metrics.add(pair[0], pair[1]);
        loss += pair[2];
      }
      return new Sums(loss, metrics);
    }
  }

  /** Adds the gradient of a pass and keeps the numbers of its pairs. */
  private void trainPass(int[] pass, double portion, List<double[]> done) {
    try (CausalLm.Pass forward = model.forward(train.batch(pass), Want.LOGPS)) {
      List<RewardPairs.Rewards> rewards = RewardPairs.read(forward.stats());
      float[] weights = new float[2 * pass.length];
      double sum = 0;
      for (int i = 0; i < pass.length; i++) {
        DualNumber lost = lossOf(train, pass[i], rewards.get(i));
        sum += lost.value();
        done.add(numbers(rewards.get(i), lost));
        weights[2 * i] = (float) (portion * lost.byChosen());
        weights[2 * i + 1] = (float) (portion * lost.byRejected());
      }
      if (Double.isFinite(sum)) {
        forward.backward(weights);
      }
    }
  }

  private static double[] numbers(RewardPairs.Rewards rewards, DualNumber lost) {
    return new double[] {rewards.chosen(), rewards.rejected(), lost.value()};
  }

  private DualNumber lossOf(RewardPairs pairs, int row, RewardPairs.Rewards rewards) {
    return loss.loss(rewards.chosen(), rewards.rejected(), pairs.margin(row));
  }

  @Override
  public long tokens(int row) {
    return train.pair(row).tokens();
  }

  @Override
  public int sourceRow(int row) {
    return train.pair(row).row();
  }

  @Override
  public double flos(int[] microBatch) {
    long longest = Arrays.stream(microBatch).mapToLong(train::longest).max().orElse(0);
    return model.trainingFlos(2L * microBatch.length * longest);
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
    Sums sums = Sums.of(share.overBatches(batches, stopRequested, this::evaluate));
    return MetricAccumulator.evaluation(sums.loss() / eval.size(), sums.metrics().values());
  }

  private List<double[]> evaluate(int[] batch) {
    List<double[]> numbers = new ArrayList<>();
    for (int[] pass : eval.passes(batch)) {
      List<RewardPairs.Rewards> rewards =
          RewardPairs.read(model.score(eval.batch(pass), Want.LOGPS));
      for (int i = 0; i < pass.length; i++) {
        numbers.add(numbers(rewards.get(i), lossOf(eval, pass[i], rewards.get(i))));
      }
    }
    return numbers;
  }
}
