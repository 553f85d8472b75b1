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
import dev.dpo4j.train.loop.StoppedException;
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
  private final CausalLm policy;
  private final KtoLoss loss;
  private final Set train;
  private final @Nullable Set eval;
  private final int evalBatchSize;
  private final ReferenceKeeper keeper;

  /** Answers with their reference. */
  record Set(AnswerScorer scorer, AnswerReference reference) {}

  /**
   * Makes the task.
   *
   * @param keeper looks after the reference's model
   */
  KtoTask(
      CausalLm policy,
      KtoLoss loss,
      Set train,
      @Nullable Set eval,
      int evalBatchSize,
      ReferenceKeeper keeper) {
    this.policy = policy;
    this.loss = loss;
    this.train = train;
    this.eval = eval;
    this.evalBatchSize = evalBatchSize;
    this.keeper = keeper;
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

  private Kl kl(Set set, int[] batch) {
    if (!loss.usesKl()) {
      return new Kl(0, false);
    }
    List<AnswerScorer.Item> items = set.scorer().mismatched(batch);
    List<TokenStats> scores = set.scorer().score(policy, items, Want.LOGPS);
    double[] ratios = set.reference().of(items);
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = scores.get(i).logp() - ratios[i];
    }
    return new Kl(KtoLoss.klTerm(ratios), Arrays.stream(ratios).sum() < 0);
  }

  @Override
  public void step(OptimizerStep step, MicroBatchLog log) {
    int[] all = step.microBatches().stream().flatMapToInt(Arrays::stream).toArray();
    Kl kl = kl(train, all);
    for (int[] rows : step.microBatches()) {
      double share = 1.0 / rows.length / step.microBatches().size();
      List<Judged> judged = new ArrayList<>();
      double sum = 0;
      double auxiliary = 0;
      for (List<AnswerScorer.Item> pass : train.scorer().passes(AnswerScorer.own(rows))) {
        PassLoss done = trainPass(pass, kl.value(), share, judged);
        sum += done.losses() + policy.auxiliaryCoefficient() * done.auxiliary();
        auxiliary += done.auxiliary() / rows.length;
      }
      double stepShare = sum * share;
      NonFiniteException.check("The loss", stepShare, step, Arrays.stream(rows), this);
      Map<String, Double> metrics = metrics(judged, kl);
      if (policy.auxiliaryCoefficient() != 0) {
        metrics.put("aux_loss", auxiliary);
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

  /**
   * What the answers of a pass add up to.
   *
   * @param auxiliary how unevenly experts are used, once for each answer
   */
  private record PassLoss(double losses, double auxiliary) {}

  /** Adds the gradient of a pass. */
  private PassLoss trainPass(
      List<AnswerScorer.Item> pass, double kl, double share, List<Judged> judged) {
    double balance = policy.auxiliaryCoefficient();
    FlatBatch batch = train.scorer().batch(pass);
    try (CausalLm.Pass forward = policy.forward(batch, Want.METRICS)) {
      List<TokenStats> scores = AnswerScorer.read(batch, forward.stats());
      KtoLoss.Result result = apply(train, pass, scores, kl, judged);
      double sum = Arrays.stream(result.losses()).sum();
      if (Double.isFinite(sum)) {
        float[] weights = new float[batch.entries()];
        for (int i = 0; i < pass.size(); i++) {
          float pull = (float) (share * result.dPolicy()[i]);
          Arrays.fill(weights, batch.entryStart(i), batch.entryEnd(i), pull);
        }
        forward.backward(weights, balance * share * pass.size());
      }
      return new PassLoss(sum, balance == 0 ? 0 : pass.size() * forward.auxiliaryLoss());
    }
  }

  private KtoLoss.Result apply(
      Set set,
      List<AnswerScorer.Item> items,
      List<TokenStats> scores,
      double kl,
      List<Judged> judged) {
    boolean[] desirable = new boolean[items.size()];
    for (int i = 0; i < desirable.length; i++) {
      desirable[i] = Boolean.TRUE.equals(set.scorer().row(items.get(i).answer()).label());
    }
    double[] logps = scores.stream().mapToDouble(TokenStats::logp).toArray();
    KtoLoss.Result result =
        loss.apply(new UnpairedLogps(logps, set.reference().of(items), desirable), kl);
    for (int i = 0; i < desirable.length; i++) {
      judged.add(new Judged(desirable[i], scores.get(i), result.rewards()[i]));
    }
    return result;
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
    List<Judged> judged = new ArrayList<>();
    double sum = 0;
    double klSum = 0;
    double clamped = 0;
    int rows = eval.scorer().size();
    for (int[] batch : EvalBatches.of(rows, evalBatchSize)) {
      StoppedException.check(stopRequested);
      Kl kl = kl(eval, batch);
      List<AnswerScorer.Item> items = AnswerScorer.own(batch);
      List<TokenStats> scores = eval.scorer().score(policy, items, Want.METRICS);
      sum += Arrays.stream(apply(eval, items, scores, kl.value(), judged).losses()).sum();
      klSum += kl.value() * batch.length;
      clamped += kl.clamped() ? batch.length : 0;
    }
    Map<String, Double> metrics = AnswerMetrics.of(judged, klSum / rows);
    if (loss.usesKl()) {
      metrics.put("kl/clamp_rate", clamped / rows);
    }
    return MetricAccumulator.evaluation(sum / rows, metrics);
  }
}
