/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.dpo;

import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.loss.PairBatch;
import dev.dpo4j.loss.RowColumns;
import dev.dpo4j.loss.objective.Objective;
import dev.dpo4j.loss.objective.StepResult;
import dev.dpo4j.loss.objective.StepTotals;
import dev.dpo4j.metrics.MetricAccumulator;
import dev.dpo4j.metrics.PairMetrics;
import dev.dpo4j.metrics.PairStats;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.nn.LogProbHead.Want;
import dev.dpo4j.nn.TokenStats;
import dev.dpo4j.train.loop.EvalBatches;
import dev.dpo4j.train.loop.NonFiniteException;
import dev.dpo4j.train.loop.OptimizerStep;
import dev.dpo4j.train.loop.RankRows;
import dev.dpo4j.train.loop.TrainTask;
import dev.dpo4j.train.reference.PairScorer;
import dev.dpo4j.train.reference.ReferenceKeeper;
import dev.dpo4j.train.reference.ReferenceLogps;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** Preference training on pairs: DPO and the losses of its kind. */
public final class DpoTask implements TrainTask {
  private final CausalLm policy;
  private final Objective objective;
  private final Set train;
  private final @Nullable Set eval;
  private final int evalBatchSize;
  private final ReferenceKeeper keeper;
  private final CertainAnswers certain;
  private final RankRows share;

  /** Pairs with their reference; the reference is null where the objective has none. */
  record Set(PairScorer scorer, @Nullable ReferenceLogps reference) {
    void close() {
      if (reference != null) {
        reference.close();
      }
    }
  }

  /**
   * Makes the task.
   *
   * @param keeper looks after the reference's model
   * @param certain is shown the answers that are trained on
   * @param share which pairs this process computes
   */
  DpoTask(
      CausalLm policy,
      Objective objective,
      Set train,
      @Nullable Set eval,
      int evalBatchSize,
      ReferenceKeeper keeper,
      CertainAnswers certain,
      RankRows share) {
    this.policy = policy;
    this.objective = objective;
    this.train = train;
    this.eval = eval;
    this.evalBatchSize = evalBatchSize;
    this.keeper = keeper;
    this.certain = certain;
    this.share = share;
  }

  @Override
  public void close() {
    certain.finish();
    train.close();
    if (eval != null) {
      eval.close();
    }
    keeper.close();
  }

  /**
   * A scored batch.
   *
   * @param pairs what the objective looks at
   * @param chosenShift what each chosen answer has gained against the reference, nats; NaN without
   *     a reference
   */
  @SuppressWarnings("ArrayRecordComponent") // numbers on the hot path; never compared
  private record Scored(PairBatch pairs, double[] chosenShift) {}

  @Override
  public void afterStep(long step) {
    keeper.afterStep(step);
  }

  @Override
  public void saveState(Path checkpoint) throws IOException {
    keeper.saveState(checkpoint);
  }

  @Override
  public void restoreState(Path checkpoint) {
    keeper.restoreState(checkpoint);
  }

  @Override
  public void step(OptimizerStep step, MicroBatchLog log) {
    StepTotals totals =
        StepTotals.of(
            step.microBatches().stream()
                .map(
                    rows ->
                        new StepTotals.MicroBatch(
                            ints(rows, pair -> scoredTokens(pair, pair.chosenIds())),
                            columns(train, rows).weight()))
                .toList());
    boolean together =
        objective.couplesBatch()
            && (share.ranks().isSeveral()
                || step.microBatches().size() > 1
                || train.scorer().passes(step.microBatches().get(0)).size() > 1);
    List<StepResult> known = together ? scoreTogether(step) : List.of();
    for (int i = 0; i < step.microBatches().size(); i++) {
      int[] rows = step.microBatches().get(i);
      List<PairRow> own = new ArrayList<>();
      int from = share.from(rows.length);
      List<int[]> passes = train.scorer().passes(share.own(rows));
      int turns = policy.auxiliaryCoefficient() == 0 ? 0 : share.turns(passes.size());
      for (int[] pass : passes) {
        if (RankRows.isLast(step, rows, passes, pass)) {
          policy.nextPassIsLast();
        }
        StepResult part = together ? known.get(i).slice(from, from + pass.length) : null;
        double portion = (double) pass.length / rows.length / step.microBatches().size();
        trainPass(pass, part, passTotals(totals, rows.length, pass.length), portion, own);
        from += pass.length;
      }
      for (int turn = passes.size(); turn < turns; turn++) {
        share.balance(null, 0);
      }
      List<PairRow> done = share.all(own, PairRow::numbers, PairRow::of);
      double loss = RankRows.sum(done, PairRow::loss);
      NonFiniteException.check("The loss", loss, step, Arrays.stream(rows), this);
      Map<String, Double> metrics = new LinkedHashMap<>(PairMetrics.of(PairRow.stats(done)));
      if (policy.auxiliaryCoefficient() != 0) {
        double auxiliary = RankRows.sum(done, PairRow::auxiliary);
        metrics.put("aux_loss", auxiliary * step.microBatches().size());
      }
      log.add(loss, metrics);
    }
  }

  /** Totals under which a pass weighs what its pairs weigh in the whole micro-batch. */
  private static StepTotals passTotals(StepTotals totals, int batch, int pass) {
    return new StepTotals(
        totals.microBatches(), totals.weightSum() * batch / pass, totals.chosenTokens());
  }

  private void trainPass(
      int[] pass,
      @Nullable StepResult known,
      StepTotals totals,
      double portion,
      List<PairRow> done) {
    double auxiliary = policy.auxiliaryCoefficient();
    FlatBatch batch = train.scorer().batch(pass);
    try (CausalLm.Pass forward =
        policy.forward(batch, objective.usesSquares() ? Want.SQUARES : Want.METRICS)) {
      PairScorer.Scores scores = PairScorer.read(batch, forward.stats());
      Scored scored = scored(train, pass, scores);
      for (int i = 0; i < pass.length; i++) {
        certain.look(sourceRow(pass[i]), scores.rejected().get(i));
      }
      PairBatch pairs = scored.pairs();
      StepResult result = known != null ? known : objective.apply(pairs, totals);
      double together = auxiliary == 0 ? 0 : share.balance(forward, portion);
      double unevenness = auxiliary == 0 ? 0 : portion * forward.auxiliaryLoss();
      collect(scores, scored, result, result.loss() + auxiliary * unevenness, unevenness, done);
      if (Double.isFinite(result.loss())) {
        forward.backward(entryWeights(batch, pairs, result), auxiliary * together);
      }
    }
  }

  private float[] entryWeights(FlatBatch batch, PairBatch pairs, StepResult result) {
    float[] weights = new float[batch.entries()];
    for (int i = 0; i < pairs.size(); i++) {
      float[] chosen = objective.chosenTokenGradient(pairs, result, i);
      float[] rejected = objective.rejectedTokenGradient(pairs, result, i);
      System.arraycopy(chosen, 0, weights, batch.entryStart(2 * i), chosen.length);
      System.arraycopy(rejected, 0, weights, batch.entryStart(2 * i + 1), rejected.length);
    }
    return weights;
  }

  /** Losses that compare pairs: all log-probabilities of the step first, then its gradients. */
  private List<StepResult> scoreTogether(OptimizerStep step) {
    List<PairBatch> batches = new ArrayList<>();
    for (int[] rows : step.microBatches()) {
      Want want = objective.usesSquares() ? Want.SQUARES : Want.LOGPS;
      int[] own = share.own(rows);
      PairBatch pairs = scored(train, own, train.scorer().score(policy, own, want)).pairs();
      batches.add(
          share.ranks().isSeveral()
              ? PairRow.batch(share.all(PairRow.numbers(pairs)), columns(train, rows))
              : pairs);
    }
    return objective.applyStep(batches);
  }

  private Scored scored(Set set, int[] rows, PairScorer.Scores scores) {
    double[] referenceChosen = new double[rows.length];
    double[] referenceRejected = new double[rows.length];
    double[] chosenShift = new double[rows.length];
    Arrays.fill(chosenShift, Double.NaN);
    ReferenceLogps reference = set.reference();
    if (reference != null) {
      List<ReferenceLogps.Answers> answers = reference.of(rows);
      for (int i = 0; i < rows.length; i++) {
        double[] logps =
            objective.sequenceLogps(answers.get(i).chosen(), answers.get(i).rejected());
        referenceChosen[i] = logps[0];
        referenceRejected[i] = logps[1];
        chosenShift[i] = scores.chosen().get(i).logp() - sum(answers.get(i).chosen());
      }
    }
    PairBatch pairs =
        objective.batch(
            scores.chosen(),
            scores.rejected(),
            referenceChosen,
            referenceRejected,
            Arrays.stream(rows).map(row -> set.scorer().pair(row).chosenIds().length).toArray(),
            Arrays.stream(rows).map(row -> set.scorer().pair(row).rejectedIds().length).toArray(),
            columns(set, rows));
    return new Scored(pairs, chosenShift);
  }

  private static double sum(float[] logps) {
    double sum = 0;
    for (float logp : logps) {
      sum += logp;
    }
    return sum;
  }

  /** Keeps the pairs of a pass; what the pass adds up to stands with the first of them. */
  private static void collect(
      PairScorer.Scores scores,
      Scored scored,
      StepResult result,
      double loss,
      double auxiliary,
      List<PairRow> into) {
    PairBatch pairs = scored.pairs();
    for (int i = 0; i < pairs.size(); i++) {
      TokenStats chosen = scores.chosen().get(i);
      TokenStats rejected = scores.rejected().get(i);
      PairStats stats =
          PairStats.of(
                  chosen,
                  rejected,
                  pairs.logps().policyChosen()[i],
                  pairs.logps().policyRejected()[i],
                  result.chosenRewards()[i],
                  result.rejectedRewards()[i])
              .withChosenShift(scored.chosenShift()[i]);
      into.add(new PairRow(stats, i == 0 ? loss : 0, i == 0 ? auxiliary : 0));
    }
  }

  private static RowColumns columns(Set set, int[] rows) {
    return new RowColumns(
        column(set, rows, "weight", 1),
        column(set, rows, "margin", 0),
        column(set, rows, "p_chosen", 1));
  }

  private static double @Nullable [] column(Set set, int[] rows, String name, double absent) {
    ToDoubleFunction<TokenizedPair> value = pair -> pair.extras().getOrDefault(name, absent);
    double[] values =
        Arrays.stream(rows)
            .mapToDouble(row -> value.applyAsDouble(set.scorer().pair(row)))
            .toArray();
    return Arrays.stream(values).allMatch(v -> v == absent) ? null : values;
  }

  private int[] ints(int[] rows, ToIntFunction<TokenizedPair> value) {
    return Arrays.stream(rows).map(row -> value.applyAsInt(train.scorer().pair(row))).toArray();
  }

  /** Tokens of an answer that are scored: the first token of a text without prompt is not. */
  private static int scoredTokens(TokenizedPair pair, int[] answer) {
    return pair.promptIds().length == 0 ? answer.length - 1 : answer.length;
  }

  @Override
  public long tokens(int row) {
    return train.scorer().pair(row).tokens();
  }

  @Override
  public int sourceRow(int row) {
    return train.scorer().pair(row).row();
  }

  @Override
  public double flos(int[] microBatch) {
    int longest = Arrays.stream(ints(microBatch, DpoTask::longestSequence)).max().orElse(0);
    return policy.trainingFlos(2L * microBatch.length * longest);
  }

  private static int longestSequence(TokenizedPair pair) {
    return Math.max(
        pair.promptIds().length + pair.chosenIds().length,
        pair.rejectedPromptIds().length + pair.rejectedIds().length);
  }

  @Override
  public int evalRows() {
    return eval == null ? 0 : eval.scorer().size();
  }

  @Override
  public int evalBatches() {
    return EvalBatches.count(evalRows(), evalBatchSize);
  }

  @Override
  public Map<String, Double> evaluate(BooleanSupplier stopRequested) {
    Set held = eval;
    if (held == null) {
      return Map.of();
    }
    List<int[]> batches = EvalBatches.of(held.scorer().size(), evalBatchSize);
    List<PairRow> pairs =
        share.overBatches(batches, stopRequested, rows -> evaluate(held, rows)).stream()
            .map(PairRow::of)
            .toList();
    return MetricAccumulator.evaluation(
        RankRows.sum(pairs, PairRow::loss) / held.scorer().size(),
        PairMetrics.of(PairRow.stats(pairs)));
  }

  private List<double[]> evaluate(Set held, int[] rows) {
    Want want = objective.usesSquares() ? Want.SQUARES : Want.METRICS;
    PairScorer.Scores scores = held.scorer().score(policy, rows, want);
    Scored scored = scored(held, rows, scores);
    StepResult result = objective.apply(scored.pairs(), StepTotals.of(scored.pairs()));
    List<PairRow> pairs = new ArrayList<>();
    collect(scores, scored, result, result.loss() * rows.length, 0, pairs);
    return pairs.stream().map(PairRow::numbers).toList();
  }
}
