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
import dev.dpo4j.train.loop.StoppedException;
import dev.dpo4j.train.loop.TrainTask;
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

  /**
   * Makes the task.
   *
   * @param eval held-out pairs; may be none
   */
  RewardTask(
      CausalLm model, RewardLoss loss, RewardPairs train, RewardPairs eval, int evalBatchSize) {
    this.model = model;
    this.loss = loss;
    this.train = train;
    this.eval = eval;
    this.evalBatchSize = evalBatchSize;
  }

  @Override
  public void step(OptimizerStep step, MicroBatchLog log) {
    for (int[] rows : step.microBatches()) {
      double share = 1.0 / rows.length / step.microBatches().size();
      RewardMetrics metrics = new RewardMetrics();
      double sum = 0;
      for (int[] pass : train.passes(rows)) {
        sum += trainPass(pass, share, metrics);
      }
      double stepShare = sum * share;
      NonFiniteException.check("The loss", stepShare, step, Arrays.stream(rows), this);
      log.add(stepShare, metrics.values());
    }
  }

  /** Adds the gradient of a pass and returns the sum of its losses. */
  private double trainPass(int[] pass, double share, RewardMetrics metrics) {
    try (CausalLm.Pass forward = model.forward(train.batch(pass), Want.LOGPS)) {
      List<RewardPairs.Rewards> rewards = RewardPairs.read(forward.stats());
      float[] weights = new float[2 * pass.length];
      double sum = 0;
      for (int i = 0; i < pass.length; i++) {
        metrics.add(rewards.get(i).chosen(), rewards.get(i).rejected());
        DualNumber lost = lossOf(train, pass[i], rewards.get(i));
        sum += lost.value();
        weights[2 * i] = (float) (share * lost.byChosen());
        weights[2 * i + 1] = (float) (share * lost.byRejected());
      }
      if (Double.isFinite(sum)) {
        forward.backward(weights);
      }
      return sum;
    }
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
    RewardMetrics all = new RewardMetrics();
    double sum = 0;
    for (int[] batch : EvalBatches.of(eval.size(), evalBatchSize)) {
      StoppedException.check(stopRequested);
      for (int[] pass : eval.passes(batch)) {
        List<RewardPairs.Rewards> rewards =
            RewardPairs.read(model.score(eval.batch(pass), Want.LOGPS));
        for (int i = 0; i < pass.length; i++) {
          all.add(rewards.get(i).chosen(), rewards.get(i).rejected());
          sum += lossOf(eval, pass[i], rewards.get(i)).value();
        }
      }
    }
    return MetricAccumulator.evaluation(sum / eval.size(), all.values());
  }
}
