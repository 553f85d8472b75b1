/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.objective;

import dev.dpo4j.loss.BatchLoss;
import dev.dpo4j.loss.ImplicitReward;
import dev.dpo4j.loss.LengthWeights;
import dev.dpo4j.loss.LossOption;
import dev.dpo4j.loss.PairBatch;
import dev.dpo4j.loss.PairLogps;
import dev.dpo4j.loss.PairLoss;
import dev.dpo4j.loss.PreferenceLoss;
import dev.dpo4j.loss.RowColumns;
import dev.dpo4j.loss.pair.OrpoLoss;
import dev.dpo4j.nn.TokenStats;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All that is minimized in a run: one or several losses with their weights, LD-DPO's and WPO's
 * weights, and the rows' own weights, margins and soft labels.
 *
 * <p>An objective is pure: numbers of a model go in, the loss of an optimizer step and its gradient
 * by every answer token come out.
 */
public final class Objective {
  private final List<Term> terms;
  private final double beta;
  private final ImplicitReward reward;
  private final LengthWeights lengthWeights;
  private final boolean weighting;
  private final List<LossType> types;
  private final boolean smoothed;

  /**
   * A loss and its weight in the sum.
   *
   * @param loss the loss
   * @param weight its factor
   */
  public record Term(PreferenceLoss loss, double weight) {}

  private Objective(
      List<Term> terms,
      List<LossType> types,
      double beta,
      ImplicitReward reward,
      LengthWeights lengthWeights,
      boolean weighting,
      boolean smoothed) {
    this.terms = List.copyOf(terms);
    this.types = List.copyOf(types);
    this.beta = beta;
    this.reward = reward;
    this.lengthWeights = lengthWeights;
    this.weighting = weighting;
    this.smoothed = smoothed;
  }

  /** The objective of a configuration. */
  public static Objective of(LossOptions options) {
    List<LossType> types = options.lossType();
    List<Term> terms = new ArrayList<>();
    for (int i = 0; i < types.size(); i++) {
      double weight = options.lossWeights() == null ? 1 : options.lossWeights().get(i);
      for (Term term : types.get(i).terms(options)) {
        terms.add(new Term(term.loss(), weight * term.weight()));
      }
    }
    @Nullable Double ldAlpha = options.ldAlpha();
    return new Objective(
        terms,
        types,
        options.beta(),
        reward(types),
        ldAlpha == null ? LengthWeights.FULL : new LengthWeights(ldAlpha),
        options.useWeighting(),
        options.labelSmoothing() > 0);
  }

  /**
   * An objective of your own loss, against a reference model.
   *
   * @param loss the formula
   * @param beta scale of the rewards in the metrics
   */
  public static Objective of(PairLoss loss, double beta) {
    return new Objective(
        List.of(new Term(loss, 1)),
        List.of(),
        beta,
        ImplicitReward.LOG_RATIO,
        LengthWeights.FULL,
        false,
        false);
  }

  /** Supervised terms do not look at a reference; alone they report rewards against it. */
  private static ImplicitReward reward(List<LossType> types) {
    List<ImplicitReward> rewards =
        types.stream()
            .filter(type -> type != LossType.SFT)
            .map(type -> type.info().reward())
            .toList();
    return rewards.isEmpty() || rewards.contains(ImplicitReward.LOG_RATIO)
        ? ImplicitReward.LOG_RATIO
        : rewards.get(0);
  }

  /** Whether the log-probabilities of a reference model are needed. */
  public boolean usesReference() {
    return reward == ImplicitReward.LOG_RATIO;
  }

  /** Whether a sum of losses needs the log-probabilities of a reference model. */
  public static boolean usesReference(List<LossType> types) {
    return reward(types) == ImplicitReward.LOG_RATIO;
  }

  /**
   * Whether the model is as good as certain of an answer. Then float32 leaves nothing of the
   * gradient by which a loss could make it less likely.
   */
  public static boolean isCertain(TokenStats answer) {
    return answer.tokens() > 0 && answer.logp() / answer.tokens() > OrpoLoss.CERTAIN;
  }

  /**
   * Whether a pair of two equal answers has a gradient, because a term looks at one answer alone.
   *
   * @param atReference whether policy and reference are the same model, as when training begins
   *     without a reference of its own
   */
  public boolean isMovedByEqualAnswers(boolean atReference) {
    double[] reference = atReference ? new double[] {-5, -2} : new double[] {-4.5, -2.8};
    List<TokenStats> answers = List.of(probe(5), probe(2));
    int[] lengths = {5, 2};
    PairBatch equal =
        batch(answers, answers, reference, reference, lengths, lengths, RowColumns.NONE);
    StepResult result = apply(equal, StepTotals.of(equal));
    for (int i = 0; i < answers.size(); i++) {
      float[] chosen = chosenTokenGradient(equal, result, i);
      float[] rejected = rejectedTokenGradient(equal, result, i);
      for (int token = 0; token < chosen.length; token++) {
        // The two are equal but for rounding, or far from each other.
        double size = Math.abs(chosen[token]) + Math.abs(rejected[token]);
        if (Math.abs(chosen[token] + rejected[token]) > 1e-6 * size) {
          return true;
        }
      }
    }
    return false;
  }

  /** An answer of which every token has the log-probability -1. */
  private static TokenStats probe(int tokens) {
    float[] logps = new float[tokens];
    Arrays.fill(logps, -1);
    float[] zeros = new float[tokens];
    return new TokenStats(logps, zeros, zeros, new boolean[tokens], zeros);
  }

  /** Whether {@link TokenStats#logSumSquares} is needed. */
  public boolean usesSquares() {
    return weighting;
  }

  /**
   * Whether the pairs of an optimizer step must be seen together.
   *
   * <p>Then a step of several micro-batches computes all log-probabilities first, calls {@link
   * #applyStep}, and computes each micro-batch again with its gradient.
   */
  public boolean couplesBatch() {
    return terms.stream().anyMatch(term -> term.loss() instanceof BatchLoss);
  }

  /**
   * Finds the columns of the data that this objective cannot honour.
   *
   * @param present the columns that the data has
   * @return one message a fault, empty where all is well
   */
  public List<String> columnFaults(Set<LossOption> present) {
    List<String> faults = new ArrayList<>();
    for (LossOption column : EnumSet.allOf(LossOption.class)) {
      if (!column.isColumn() || !present.contains(column)) {
        continue;
      }
      List<String> deaf =
          types.stream()
              .filter(type -> type != LossType.SFT || types.size() == 1)
              .filter(type -> !type.uses(column))
              .map(LossType::configName)
              .toList();
      if (!deaf.isEmpty()) {
        faults.add(
            "The column %s has no effect with loss_type %s: remove the column or choose another loss"
                .formatted(column.configName(), String.join(", ", deaf)));
      }
    }
    if (present.contains(LossOption.P_CHOSEN) && smoothed) {
      faults.add(
          "The column p_chosen and label_smoothing both say how sure a label is: keep one of them");
    }
    return faults;
  }

  /**
   * The log-probabilities of a pair as the preference loss sees them, for policy and reference.
   *
   * @param chosen log-probabilities of the chosen answer's scored tokens
   * @param rejected log-probabilities of the rejected answer's scored tokens
   * @return that of the chosen and that of the rejected answer
   */
  public double[] sequenceLogps(float[] chosen, float[] rejected) {
    int shared = Math.min(chosen.length, rejected.length);
    return new double[] {lengthWeights.sum(chosen, shared), lengthWeights.sum(rejected, shared)};
  }

  /**
   * Puts a micro-batch together.
   *
   * @param chosen the policy's numbers of the chosen answers
   * @param rejected the policy's numbers of the rejected answers
   * @param referenceChosen {@link #sequenceLogps} of the reference; zeros where it is not used
   * @param referenceRejected the same for the rejected answers
   * @param chosenLengths tokens of the chosen answers, scored or not
   * @param rejectedLengths tokens of the rejected answers, scored or not
   * @param columns the rows' optional columns
   */
  public PairBatch batch(
      List<TokenStats> chosen,
      List<TokenStats> rejected,
      double[] referenceChosen,
      double[] referenceRejected,
      int[] chosenLengths,
      int[] rejectedLengths,
      RowColumns columns) {
    int pairs = chosen.size();
    double[] policyChosen = new double[pairs];
    double[] policyRejected = new double[pairs];
    double[] weights = new double[pairs];
    for (int i = 0; i < pairs; i++) {
      double[] logps = sequenceLogps(chosen.get(i).logps(), rejected.get(i).logps());
      policyChosen[i] = logps[0];
      policyRejected[i] = logps[1];
      weights[i] = weighting ? wpoWeight(chosen.get(i)) * wpoWeight(rejected.get(i)) : 1;
    }
    return new PairBatch(
        new PairLogps(
            policyChosen,
            policyRejected,
            referenceChosen,
            referenceRejected,
            chosenLengths,
            rejectedLengths),
        chosen.stream().mapToDouble(TokenStats::logp).toArray(),
        chosen.stream().mapToInt(TokenStats::tokens).toArray(),
        rejected.stream().mapToInt(TokenStats::tokens).toArray(),
        weighting ? weights : null,
        columns);
  }

  /**
   * WPO's weight of an answer: how likely the policy itself would have written it.
   *
   * <p>exp(mean over tokens of [log p(token) - log Σ_v p(v)²]), without gradient; Zhou et al. 2024,
   * "WPO: Enhancing RLHF with Weighted Preference Optimization", arXiv 2406.11827, equation 2.
   */
  private static double wpoWeight(TokenStats answer) {
    float @Nullable [] squares = answer.logSumSquares();
    if (squares == null) {
      throw new IllegalArgumentException(
          "use_weighting needs the sum of squared probabilities of every answer token");
    }
    double sum = 0;
    for (int i = 0; i < answer.tokens(); i++) {
      sum += (double) answer.logps()[i] - squares[i];
    }
    return Math.exp(sum / Math.max(1, answer.tokens()));
  }

  /**
   * The share of a micro-batch in its optimizer step.
   *
   * @throws IllegalStateException if the pairs of several micro-batches must be seen together
   */
  public StepResult apply(PairBatch batch, StepTotals totals) {
    if (couplesBatch() && totals.microBatches() > 1) {
      throw new IllegalStateException(
          "This loss compares the pairs of a whole optimizer step: call applyStep");
    }
    return new StepEvaluation(terms, batch, totals).result(beta, reward);
  }

  /**
   * The shares of all micro-batches of an optimizer step, seen together.
   *
   * <p>Here every pair counts alike, whatever the size of its micro-batch.
   */
  public List<StepResult> applyStep(List<PairBatch> microBatches) {
    PairBatch all = PairBatch.concat(microBatches);
    StepResult whole = apply(all, StepTotals.of(all));
    List<StepResult> parts = new ArrayList<>();
    int from = 0;
    for (PairBatch batch : microBatches) {
      int to = from + batch.size();
      parts.add(whole.slice(from, to));
      from = to;
    }
    return parts;
  }

  /**
   * Derivative of the step's loss by the log-probability of each scored token of the chosen one.
   */
  public float[] chosenTokenGradient(PairBatch batch, StepResult result, int pair) {
    return tokenGradient(
        batch, batch.chosenTokens(), result.dChosen()[pair], result.dChosenSum()[pair], pair);
  }

  /** Derivative of the step's loss by the log-probability of each scored token of the rejected. */
  public float[] rejectedTokenGradient(PairBatch batch, StepResult result, int pair) {
    return tokenGradient(batch, batch.rejectedTokens(), result.dRejected()[pair], 0, pair);
  }

  private float[] tokenGradient(
      PairBatch batch, int[] tokens, double bySequence, double bySum, int pair) {
    int shared = Math.min(batch.chosenTokens()[pair], batch.rejectedTokens()[pair]);
    float[] gradient = new float[tokens[pair]];
    for (int i = 0; i < gradient.length; i++) {
      gradient[i] = (float) (bySequence * lengthWeights.weight(i, shared) + bySum);
    }
    return gradient;
  }
}
