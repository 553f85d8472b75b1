/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.objective;

import dev.dpo4j.loss.DualNumber;
import dev.dpo4j.loss.ImplicitReward;
import dev.dpo4j.loss.LossResult;
import dev.dpo4j.loss.Pair;
import dev.dpo4j.loss.PairBatch;
import dev.dpo4j.loss.PairLogps;
import dev.dpo4j.loss.PairLoss;
import dev.dpo4j.loss.single.SftLoss;
import dev.dpo4j.loss.single.SftNormalization;
import java.util.Arrays;
import java.util.List;

/** Adds up the terms of an objective over one micro-batch. */
final class StepEvaluation {
  private final PairBatch batch;
  private final StepTotals totals;
  private final LossResult sum;
  private final double[] dChosenSum;

  StepEvaluation(List<Objective.Term> terms, PairBatch batch, StepTotals totals) {
    this.batch = batch;
    this.totals = totals;
    this.sum = LossResult.zeros(batch.size());
    this.dChosenSum = new double[batch.size()];
    for (Objective.Term term : terms) {
      if (term.loss() instanceof PairLoss loss) {
        addPairs(loss, term.weight());
      } else if (term.loss() instanceof SftLoss loss) {
        addLogLoss(loss.normalization(), term.weight());
      } else {
        addBatch(term.loss().apply(batch.logps()), term.weight());
      }
    }
  }

  /** What a pair contributes to the step's mean, by the size of the batch and its row weight. */
  private double share(int i) {
    return totals.share(batch.size()) * batch.columns().weight(i);
  }

  private void addPairs(PairLoss loss, double factor) {
    double[] weights = batch.pairWeights();
    for (int i = 0; i < batch.size(); i++) {
      double weight = weights == null ? 1 : weights[i];
      sum.add(i, i, i, softLabelled(loss, i).times(factor * share(i) * weight));
    }
  }

  /** The loss expected where the chosen answer is the better one with chance p_chosen only. */
  private DualNumber softLabelled(PairLoss loss, int i) {
    Pair pair = batch.logps().pair(i).withMargin(batch.columns().margin(i));
    double p = batch.columns().pChosen(i);
    return p == 1
        ? loss.loss(pair)
        : loss.loss(pair).times(p).plus(loss.loss(pair.swapped()).times(1 - p));
  }

  private void addBatch(LossResult result, double factor) {
    for (int i = 0; i < batch.size(); i++) {
      double scale = factor * totals.share(batch.size());
      sum.losses()[i] += scale * result.losses()[i];
      sum.dChosen()[i] += scale * result.dChosen()[i];
      sum.dRejected()[i] += scale * result.dRejected()[i];
    }
  }

  private void addLogLoss(SftNormalization normalization, double factor) {
    for (int i = 0; i < batch.size(); i++) {
      double perNat =
          switch (normalization) {
            case TOKEN_MEAN -> batch.columns().weight(i) / Math.max(1, totals.chosenTokens());
            case SEQUENCE_MEAN -> share(i) / Math.max(1, batch.chosenTokens()[i]);
            case SUM -> share(i);
          };
      sum.losses()[i] -= factor * perNat * batch.chosenSums()[i];
      dChosenSum[i] -= factor * perNat;
    }
  }

  StepResult result(double beta, ImplicitReward reward) {
    PairLogps logps = batch.logps();
    double[] chosenRewards = new double[batch.size()];
    double[] rejectedRewards = new double[batch.size()];
    for (int i = 0; i < batch.size(); i++) {
      chosenRewards[i] =
          reward.of(
              beta, logps.policyChosen()[i], logps.referenceChosen()[i], logps.chosenLengths()[i]);
      rejectedRewards[i] =
          reward.of(
              beta,
              logps.policyRejected()[i],
              logps.referenceRejected()[i],
              logps.rejectedLengths()[i]);
    }
    return new StepResult(
        Arrays.stream(sum.losses()).sum(),
        sum.losses(),
        sum.dChosen(),
        sum.dRejected(),
        dChosenSum,
        chosenRewards,
        rejectedRewards);
  }
}
