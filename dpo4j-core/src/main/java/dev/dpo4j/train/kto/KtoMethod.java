/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.kto;

import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.token.DataReport;
import dev.dpo4j.data.token.ExampleDataset;
import dev.dpo4j.data.token.LengthLimits;
import dev.dpo4j.data.token.TokenizedExample;
import dev.dpo4j.loss.single.KtoLoss;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.tokenizer.LearntEnd;
import dev.dpo4j.train.loop.EvalBatches;
import dev.dpo4j.train.loop.RankRows;
import dev.dpo4j.train.loop.RowsPerPass;
import dev.dpo4j.train.loop.SamplePrompts;
import dev.dpo4j.train.loop.StepPlan;
import dev.dpo4j.train.loop.TrainTask;
import dev.dpo4j.train.loop.TrainingMethod;
import dev.dpo4j.train.output.DataDigest;
import dev.dpo4j.train.reference.AnswerReference;
import dev.dpo4j.train.reference.AnswerScorer;
import dev.dpo4j.train.reference.ReferenceKeeper;
import dev.dpo4j.train.reference.ReferenceSource;
import dev.dpo4j.train.run.TrainingRun;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Training on single answers judged good or bad, KTO and its kin, as a method of training. */
final class KtoMethod implements TrainingMethod {
  /** The ratio of desirable to undesirable weight that the paper advises: equation 8. */
  private static final double BALANCE_LOW = 1;

  private static final double BALANCE_HIGH = 4.0 / 3;

  private final KtoRun.Parts parts;
  private final KtoRunConfig config;
  private final KtoLoss loss;
  private final AnswerScorer train;
  private final @Nullable AnswerScorer eval;

  KtoMethod(KtoRun.Parts parts, KtoRunConfig config) {
    this.parts = parts;
    this.config = config;
    this.loss = config.loss().loss();
    ExampleDataset held = parts.eval();
    LengthLimits limits = config.dataset().limits();
    RowsPerPass size = RowsPerPass.of(parts.policy().config());
    this.train = new AnswerScorer(parts.train().examples(), limits, size);
    this.eval = held == null ? null : new AnswerScorer(held.examples(), limits, size);
    requireTwo(parts.train());
    requireWeight();
    if (held != null) {
      requireTwo(held);
    }
  }

  /** Where every row has the weight 0 the loss stays what it is. */
  private void requireWeight() {
    long good = desirable();
    double weight =
        good * config.loss().desirableWeight()
            + (trainRows() - good) * config.loss().undesirableWeight();
    if (weight == 0) {
      throw new DataException(
          String.format(
              Locale.ROOT,
              "%s: no row can move the loss: there are %d desirable answers of weight %s and %d"
                  + " undesirable ones of weight %s. Raise desirable_weight or undesirable_weight.",
              parts.train().report().source(),
              good,
              config.loss().desirableWeight(),
              trainRows() - good,
              config.loss().undesirableWeight()));
    }
  }

  private void requireTwo(ExampleDataset data) {
    if (loss.usesKl() && data.size() < 2) {
      throw new DataException(
          data.report().source()
              + ": kto estimates the KL divergence from answers under the prompts of other rows, but"
              + " only one row is left; give more rows, or take loss_type apo_zero_unpaired");
    }
  }

  @Override
  public String name() {
    return "kto";
  }

  @Override
  public boolean sharesRows() {
    return true;
  }

  @Override
  public String unit() {
    return "answers";
  }

  @Override
  public DataReport report() {
    return parts.train().report();
  }

  @Override
  public int trainRows() {
    return train.size();
  }

  @Override
  public List<int[]> samplePrompts(int count) {
    ExampleDataset held = parts.eval();
    ExampleDataset data = held == null ? parts.train() : held;
    return SamplePrompts.first(data.examples(), TokenizedExample::promptIds, count);
  }

  @Override
  public int evalRows() {
    return eval == null ? 0 : eval.size();
  }

  @Override
  public String dataSha256() {
    ExampleDataset held = parts.eval();
    return new DataDigest()
        .addExamples(parts.train().examples())
        .addExamples(held == null ? null : held.examples())
        .hex();
  }

  @Override
  public long tokensPerEpoch() {
    return parts.train().examples().stream().mapToLong(row -> row.scored().length).sum();
  }

  @Override
  public long longestPass(int[] microBatch) {
    return train.passes(AnswerScorer.own(microBatch)).stream()
        .mapToLong(pass -> pass.stream().mapToLong(train::length).sum())
        .max()
        .orElse(0);
  }

  @Override
  public String reference() {
    return source().describe("the model before training");
  }

  private ReferenceSource source() {
    return new ReferenceSource(parts.policy(), parts.reference(), config.reference());
  }

  @Override
  public @Nullable Path referenceFolder() {
    return source().folder();
  }

  @Override
  public @Nullable LanguageModel referenceModel() {
    return parts.reference();
  }

  @Override
  public boolean holdsSecondModel() {
    return source().holdsSecondModel();
  }

  @Override
  public Map<String, Object> facts() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("loss_type", config.loss().lossType().configName());
    facts.put("beta", config.loss().beta());
    facts.put("desirable answers", desirable());
    return facts;
  }

  private long desirable() {
    return parts.train().examples().stream().filter(row -> isTrue(row.label())).count();
  }

  private static boolean isTrue(@Nullable Boolean label) {
    return Boolean.TRUE.equals(label);
  }

  @Override
  public void check(StepPlan plan) {
    config.reference().checkSteps(plan.maxSteps());
  }

  @Override
  public void checkResume(Path checkpoint) {
    config.reference().checkResume(checkpoint);
  }

  @Override
  public void prepare(RunContext surroundings) {
    long good = desirable();
    long bad = trainRows() - good;
    double ratio =
        good * config.loss().desirableWeight() / (bad * config.loss().undesirableWeight());
    if (good == bad || (ratio >= BALANCE_LOW && ratio <= BALANCE_HIGH)) {
      return;
    }
    surroundings
        .listener()
        .onWarning(
            "class_balance",
            String.format(
                Locale.ROOT,
                "%d desirable answers of weight %s and %d undesirable ones of weight %s stand %.2f to"
                    + " 1, and KTO is meant for 1 to 1.33: set desirable_weight or"
                    + " undesirable_weight so that number times weight comes near that.",
                good,
                config.loss().desirableWeight(),
                bad,
                config.loss().undesirableWeight(),
                ratio));
  }

  @Override
  public void showEnds(LearntEnd end) {
    LengthLimits limits = config.dataset().limits();
    parts.train().examples().stream()
        .filter(row -> row.completionIds().length == row.uncutCompletionIds().length)
        .filter(row -> !limits.mayHaveCut(row.completionIds().length))
        .forEach(row -> end.add(row.completionIds()));
  }

  @Override
  public TrainTask open(CausalLm policy, RunContext surroundings) {
    return source()
        .open(
            policy,
            parts.policy().folder(),
            TrainingRun.computeOptions(config.loop()),
            use(
                policy,
                surroundings.share(),
                teacher -> computedOnce(policy, teacher, surroundings)));
  }

  @Override
  public TrainTask openEvaluation(CausalLm policy) {
    return source()
        .keep(
            parts.policy().folder(),
            TrainingRun.computeOptions(config.loop()),
            use(
                policy,
                RankRows.ALL,
                teacher -> {
                  throw new IllegalStateException("an evaluation keeps its reference");
                }));
  }

  private ReferenceSource.Use<KtoTask> use(
      CausalLm policy, RankRows share, Function<CausalLm, KtoTask> once) {
    return new ReferenceSource.Use<>() {
      @Override
      public KtoTask computeOnce(CausalLm model) {
        return once.apply(model);
      }

      @Override
      public KtoTask keep(
          CausalLm model, boolean remember, Function<Runnable, ReferenceKeeper> keeper) {
        AnswerReference ofTrain = AnswerReference.of(train, model, remember);
        AnswerReference ofEval = eval == null ? null : AnswerReference.of(eval, model, remember);
        Runnable forget =
            () -> {
              ofTrain.forget();
              if (ofEval != null) {
                ofEval.forget();
              }
            };
        return new KtoTask(
            policy,
            loss,
            new KtoTask.Set(train, ofTrain),
            eval == null || ofEval == null ? null : new KtoTask.Set(eval, ofEval),
            config.eval().perDeviceEvalBatchSize(),
            keeper.apply(forget),
            share);
      }
    };
  }

  private KtoTask computedOnce(CausalLm policy, CausalLm teacher, RunContext surroundings) {
    AnswerReference ofTrain = AnswerReference.computedOnce(train);
    RankRows share = surroundings.share();
    StepPlan plan = surroundings.plan();
    int steps = Math.toIntExact(plan.maxSteps());
    BooleanSupplier stop = surroundings.stopRequested();
    for (int step = 1; step <= steps && !stop.getAsBoolean(); step++) {
      List<int[]> batches = plan.step(step).microBatches();
      batches.forEach(batch -> ofTrain.learn(teacher, AnswerScorer.own(batch), share));
      if (loss.usesKl()) {
        int[] all = batches.stream().flatMapToInt(Arrays::stream).toArray();
        ofTrain.learn(teacher, train.mismatched(all), share);
      }
      int rowsDone = Math.min(train.size(), (int) ((long) train.size() * step / steps));
      surroundings.listener().onReference(rowsDone, train.size());
    }
    int evalBatch = config.eval().perDeviceEvalBatchSize();
    KtoTask.Set held = null;
    if (eval != null) {
      AnswerReference ofEval = AnswerReference.computedOnce(eval);
      for (int[] batch : EvalBatches.of(eval.size(), evalBatch)) {
        if (stop.getAsBoolean()) {
          break; // The loop does no step either.
        }
        ofEval.learn(teacher, AnswerScorer.own(batch), share);
        if (loss.usesKl()) {
          ofEval.learn(teacher, eval.mismatched(batch), share);
        }
      }
      held = new KtoTask.Set(eval, ofEval);
    }
    return new KtoTask(
        policy,
        loss,
        new KtoTask.Set(train, ofTrain),
        held,
        evalBatch,
        ReferenceKeeper.NONE,
        share);
  }
}
