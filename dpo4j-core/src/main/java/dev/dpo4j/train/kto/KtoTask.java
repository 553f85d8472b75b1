/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.kto;

import dev.dpo4j.loss.single.KtoLoss;
import dev.dpo4j.loss.single.UnpairedLogps;
import dev.dpo4j.metrics.AnswerMetrics;
import dev.dpo4j.metrics.AnswerMetrics.Judged;
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
import dev.dpo4j.train.reference.AnswerReference;
import dev.dpo4j.train.reference.AnswerScorer;
import dev.dpo4j.train.reference.ReferenceKeeper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * KTO: training on single answers, each judged desirable or not.
 *
 * <p>The point of reference z is estimated over the whole optimizer batch, from its answers under
 * the prompts of one another. So neither the order of the rows nor the size of the micro-batches
 * changes what it means; where a step is one micro-batch, it is TRL's.
 */
final class KtoTask implements TrainTask {
  /** Numbers that a batch of an evaluation gives of its KL divergence. */
  private static final int KL_NUMBERS = 2;

  private final CausalLm policy;
  private final KtoLoss loss;
  private final Set train;
  private final @Nullable Set eval;
  private final int evalBatchSize;
  private final ReferenceKeeper keeper;
  private final RankRows share;

  /** Answers with their reference. */
  record Set(AnswerScorer scorer, AnswerReference reference) {}

  /**
   * Makes the task.
   *
   * @param keeper looks after the reference's model
   * @param share which answers this process computes
   */
  KtoTask(
      CausalLm policy,
      KtoLoss loss,
      Set train,
      @Nullable Set eval,
      int evalBatchSize,
      ReferenceKeeper keeper,
      RankRows share) {
    this.policy = policy;
    this.loss = loss;
    this.train = train;
    this.eval = eval;
    this.evalBatchSize = evalBatchSize;
    this.keeper = keeper;
    this.share = share;
  }

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
  public void close() {
    keeper.close();
  }

  /**
   * The estimate of the KL divergence, which is 0 where its mean is negative.
   *
   * @param value z
   * @param clamped whether the mean was negative
   */
  private record Kl(double value, boolean clamped) {}

  private Kl kl(Set set, int[] batch, RankRows among) {
    if (!loss.usesKl()) {
      return new Kl(0, false);
    }
    List<AnswerScorer.Item> items = among.own(set.scorer().mismatched(batch));
    List<TokenStats> scores = set.scorer().score(policy, items, Want.LOGPS);
    double[] reference = set.reference().of(items);
    List<double[]> own = new ArrayList<>();
    for (int i = 0; i < reference.length; i++) {
      own.add(new double[] {scores.get(i).logp() - reference[i]});
    }
    double[] ratios = among.all(own).stream().mapToDouble(row -> row[0]).toArray();
    return new Kl(KtoLoss.klTerm(ratios), Arrays.stream(ratios).sum() < 0);
  }

  @Override
  public void step(OptimizerStep step, MicroBatchLog log) {
    int[] all = step.microBatches().stream().flatMapToInt(Arrays::stream).toArray();
    Kl kl = kl(train, all, share);
    for (int[] rows : step.microBatches()) {
      double portion = 1.0 / rows.length / step.microBatches().size();
      List<AnswerRow> own = new ArrayList<>();
      List<List<AnswerScorer.Item>> passes =
          train.scorer().passes(AnswerScorer.own(share.own(rows)));
      int turns = policy.auxiliaryCoefficient() == 0 ? 0 : share.turns(passes.size());
      for (List<AnswerScorer.Item> pass : passes) {
        if (RankRows.isLast(step, rows, passes, pass)) {
          policy.nextPassIsLast();
        }
        trainPass(pass, kl.value(), portion, own);
      }
      for (int turn = passes.size(); turn < turns; turn++) {
        share.balance(null, 0);
      }
      List<AnswerRow> done = share.all(own, AnswerRow::numbers, AnswerRow::of);
      double stepShare = RankRows.sum(done, AnswerRow::loss) * portion;
      NonFiniteException.check("The loss", stepShare, step, Arrays.stream(rows), this);
      Map<String, Double> metrics = metrics(AnswerRow.judged(done), kl);
      if (policy.auxiliaryCoefficient() != 0) {
        metrics.put("aux_loss", RankRows.sum(done, AnswerRow::auxiliary) / rows.length);
      }
      log.add(stepShare, metrics);
    }
  }

  private Map<String, Double> metrics(List<Judged> judged, Kl kl) {
    Map<String, Double> metrics = new LinkedHashMap<>(AnswerMetrics.of(judged, kl.value()));
    if (loss.usesKl()) {
      metrics.put("kl/clamp_rate", kl.clamped() ? 1.0 : 0.0);
    }
    return metrics;
  }

  /** Adds the gradient of a pass and keeps its answers. */
  private void trainPass(
      List<AnswerScorer.Item> pass, double kl, double portion, List<AnswerRow> done) {
    double balance = policy.auxiliaryCoefficient();
    FlatBatch batch = train.scorer().batch(pass);
    try (CausalLm.Pass forward = policy.forward(batch, Want.METRICS)) {
      List<TokenStats> scores = AnswerScorer.read(batch, forward.stats());
      double together = balance == 0 ? 0 : share.balance(forward, portion * pass.size());
      double auxiliary = balance == 0 ? 0 : pass.size() * forward.auxiliaryLoss();
      KtoLoss.Result result = apply(train, pass, scores, kl);
      double sum = Arrays.stream(result.losses()).sum();
      if (Double.isFinite(sum)) {
        float[] weights = new float[batch.entries()];
        for (int i = 0; i < pass.size(); i++) {
          float pull = (float) (portion * result.dPolicy()[i]);
          Arrays.fill(weights, batch.entryStart(i), batch.entryEnd(i), pull);
        }
        forward.backward(weights, balance * together);
      }
      done.addAll(
          rows(train, pass, scores, result, new double[] {sum + balance * auxiliary, auxiliary}));
    }
  }

  private KtoLoss.Result apply(
      Set set, List<AnswerScorer.Item> items, List<TokenStats> scores, double kl) {
    boolean[] desirable = new boolean[items.size()];
    for (int i = 0; i < desirable.length; i++) {
      desirable[i] = isDesirable(set, items.get(i));
    }
    double[] logps = scores.stream().mapToDouble(TokenStats::logp).toArray();
    return loss.apply(new UnpairedLogps(logps, set.reference().of(items), desirable), kl);
  }

  private static boolean isDesirable(Set set, AnswerScorer.Item item) {
    return Boolean.TRUE.equals(set.scorer().row(item.answer()).label());
  }

  /** The answers of a pass; what they add up to, loss and unevenness, stands with the first. */
  private static List<AnswerRow> rows(
      Set set,
      List<AnswerScorer.Item> items,
      List<TokenStats> scores,
      KtoLoss.Result result,
      double[] sums) {
    List<AnswerRow> rows = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      Judged judged = Judged.of(isDesirable(set, items.get(i)), scores.get(i), result.rewards()[i]);
      rows.add(new AnswerRow(judged, i == 0 ? sums[0] : 0, i == 0 ? sums[1] : 0));
    }
    return rows;
  }

  @Override
  public long tokens(int row) {
    return train.scorer().row(row).scored().length;
  }

  @Override
  public int sourceRow(int row) {
    return train.scorer().row(row).row();
  }

  /** Of prompt and answer alone: the mismatched pairs of the KL estimate are not trained on. */
  @Override
  public double flos(int[] microBatch) {
    long longest = Arrays.stream(microBatch).mapToLong(this::tokens).max().orElse(0);
    return policy.trainingFlos(microBatch.length * longest);
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
    if (eval == null) {
      return Map.of();
    }
    Set held = eval;
    int rows = held.scorer().size();
    double klSum = 0;
    double clamped = 0;
    List<AnswerRow> answers = new ArrayList<>();
    for (double[] numbers :
        share.overBatches(
            EvalBatches.of(rows, evalBatchSize), stopRequested, batch -> evaluate(held, batch))) {
      if (numbers.length == KL_NUMBERS) {
        klSum += numbers[0];
        clamped += numbers[1];
      } else {
        answers.add(AnswerRow.of(numbers));
      }
    }
    Map<String, Double> metrics = AnswerMetrics.of(AnswerRow.judged(answers), klSum / rows);
    if (loss.usesKl()) {
      metrics.put("kl/clamp_rate", clamped / rows);
    }
    return MetricAccumulator.evaluation(RankRows.sum(answers, AnswerRow::loss) / rows, metrics);
  }

  /** The numbers of a batch's KL divergence, each as often as there are rows, then its answers. */
  private List<double[]> evaluate(Set held, int[] batch) {
    Kl kl = kl(held, batch, RankRows.ALL);
    List<AnswerScorer.Item> items = AnswerScorer.own(batch);
    List<TokenStats> scores = held.scorer().score(policy, items, Want.METRICS);
    KtoLoss.Result result = apply(held, items, scores, kl.value());
    double[] sums = {Arrays.stream(result.losses()).sum(), 0};
    List<double[]> numbers = new ArrayList<>();
    numbers.add(new double[] {kl.value() * batch.length, kl.clamped() ? batch.length : 0});
    rows(held, items, scores, result, sums).forEach(row -> numbers.add(row.numbers()));
    return numbers;
  }
}
