/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.dpo;

import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.token.DataReport;
import dev.dpo4j.data.token.LengthLimits;
import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.loss.LossOption;
import dev.dpo4j.loss.objective.Objective;
import dev.dpo4j.loss.objective.OwnLoss;
import dev.dpo4j.metrics.MetricSink;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.tokenizer.LearntEnd;
import dev.dpo4j.train.loop.EvalBatches;
import dev.dpo4j.train.loop.RankRows;
import dev.dpo4j.train.loop.RowsPerPass;
import dev.dpo4j.train.loop.SamplePrompts;
import dev.dpo4j.train.loop.StepPlan;
import dev.dpo4j.train.loop.StillPairs;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainTask;
import dev.dpo4j.train.loop.TrainingMethod;
import dev.dpo4j.train.output.DataDigest;
import dev.dpo4j.train.reference.CachedReference;
import dev.dpo4j.train.reference.ModelReference;
import dev.dpo4j.train.reference.PairScorer;
import dev.dpo4j.train.reference.ReferenceFile;
import dev.dpo4j.train.reference.ReferenceKeeper;
import dev.dpo4j.train.reference.ReferenceLogps;
import dev.dpo4j.train.reference.ReferenceSource;
import dev.dpo4j.train.run.TrainingRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Training on preference pairs, DPO and its kin, as a method of training. */
final class DpoMethod implements TrainingMethod {
  private final DpoRun.Parts parts;
  private final DpoRunConfig config;
  private final Objective objective;
  private final PairScorer trainPairs;
  private final @Nullable PairScorer evalPairs;
  private final SftPhase sft;
  private final StillPairs still;

  DpoMethod(DpoRun.Parts parts, DpoRunConfig config) {
    this.parts = parts;
    this.config = config;
    OwnLoss own = parts.ownLoss();
    this.objective = own == null ? Objective.of(config.loss()) : own.objective(config.loss());
    PreferenceDataset eval = parts.eval();
    RowsPerPass size = RowsPerPass.of(parts.policy().config());
    this.trainPairs = new PairScorer(parts.train().pairs(), size);
    this.evalPairs = eval == null ? null : new PairScorer(eval.pairs(), size);
    this.sft = new SftPhase(config);
    checkColumns(parts.train());
    if (eval != null) {
      checkColumns(eval);
    }
    boolean atReference = parts.reference() == null;
    // Away from the reference some losses pull at equal answers too, but it takes others to get
    // there.
    this.still =
        StillPairs.of(
            parts.train(), allStill -> objective.isMovedByEqualAnswers(allStill && atReference));
  }

  private void checkColumns(PreferenceDataset data) {
    EnumSet<LossOption> present = EnumSet.noneOf(LossOption.class);
    for (TokenizedPair pair : data.pairs()) {
      for (LossOption option : LossOption.values()) {
        if (option.isColumn() && pair.extras().containsKey(option.configName())) {
          present.add(option);
        }
      }
    }
    List<String> faults = objective.columnFaults(present);
    if (!faults.isEmpty()) {
      throw new DataException(data.report().source() + ": " + String.join("; ", faults));
    }
  }

  @Override
  public String name() {
    return "dpo";
  }

  @Override
  public boolean sharesRows() {
    return true;
  }

  @Override
  public String unit() {
    return "pairs";
  }

  @Override
  public DataReport report() {
    return parts.train().report();
  }

  @Override
  public int trainRows() {
    return trainPairs.size();
  }

  @Override
  public List<int[]> samplePrompts(int count) {
    PreferenceDataset held = parts.eval();
    PreferenceDataset data = held == null ? parts.train() : held;
    return SamplePrompts.first(data.pairs(), TokenizedPair::promptIds, count);
  }

  @Override
  public int evalRows() {
    return evalPairs == null ? 0 : evalPairs.size();
  }

  @Override
  public String dataSha256() {
    PreferenceDataset eval = parts.eval();
    return new DataDigest()
        .addPairs(parts.train().pairs())
        .addPairs(eval == null ? null : eval.pairs())
        .hex();
  }

  @Override
  public long tokensPerEpoch() {
    return parts.train().pairs().stream().mapToLong(TokenizedPair::tokens).sum();
  }

  @Override
  public long longestPass(int[] microBatch) {
    return trainPairs.passes(microBatch).stream()
        .mapToLong(pass -> IntStream.of(pass).mapToLong(trainPairs::rows).sum())
        .max()
        .orElse(0);
  }

  @Override
  public String reference() {
    return objective.usesReference()
        ? source()
            .describe(config.sft().sftFirst() ? "the model after SFT" : "the model before training")
        : "none";
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
    return objective.usesReference() ? parts.reference() : null;
  }

  @Override
  public @Nullable String ownLoss() {
    OwnLoss own = parts.ownLoss();
    return own == null ? null : own.identity();
  }

  @Override
  public boolean holdsSecondModel() {
    return objective.usesReference() && source().holdsSecondModel();
  }

  @Override
  public Map<String, Object> facts() {
    Map<String, Object> facts = new LinkedHashMap<>();
    OwnLoss own = parts.ownLoss();
    facts.put("loss_type", own == null ? config.loss().names() : own.name());
    facts.put("beta", config.loss().beta());
    return facts;
  }

  @Override
  public List<MetricSink> sinks(TrainListener listener) {
    Double limit = config.guard().displacementLimit();
    return limit == null || !objective.usesReference()
        ? List.of()
        : List.of(new DisplacementGuard(limit, listener));
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
    still.warn(surroundings.listener());
    sft.run(parts, surroundings);
  }

  @Override
  public void showEnds(LearntEnd end) {
    LengthLimits limits = config.dataset().limits();
    Integer most = limits.maxLength();
    for (TokenizedPair pair : parts.train().pairs()) {
      int answer = pair.chosenIds().length;
      boolean fits = most == null || pair.promptIds().length + answer < most;
      if (fits && !limits.mayHaveCut(answer)) {
        end.add(pair.chosenIds());
      }
    }
  }

  @Override
  public boolean trainsBefore() {
    return config.sft().sftFirst();
  }

  @Override
  public TrainTask open(CausalLm policy, RunContext surroundings) {
    References references =
        objective.usesReference()
            ? source()
                .open(
                    policy,
                    sft.start(parts.policy(), surroundings.output()),
                    TrainingRun.computeOptions(config.loop()),
                    use(model -> computeOnce(model, surroundings)))
            : References.NONE;
    return task(
        policy, references, new CertainAnswers(surroundings.listener()), surroundings.share());
  }

  @Override
  public TrainTask openEvaluation(CausalLm policy) {
    Path output = config.output().outputDir();
    Path start = output == null ? parts.policy().folder() : sft.start(parts.policy(), output);
    References references =
        objective.usesReference()
            ? source()
                .keep(
                    start,
                    TrainingRun.computeOptions(config.loop()),
                    use(
                        model -> {
                          throw new IllegalStateException("an evaluation keeps its reference");
                        }))
            : References.NONE;
    return task(policy, references, new CertainAnswers(TrainListener.NONE), RankRows.ALL);
  }

  private DpoTask task(
      CausalLm policy, References references, CertainAnswers certain, RankRows share) {
    return new DpoTask(
        policy,
        objective,
        new DpoTask.Set(trainPairs, references.train()),
        evalPairs == null ? null : new DpoTask.Set(evalPairs, references.eval()),
        config.eval().perDeviceEvalBatchSize(),
        references.keeper(),
        certain,
        share);
  }

  /** The references of both data sets; null where the objective has none. */
  private record References(
      @Nullable ReferenceLogps train, @Nullable ReferenceLogps eval, ReferenceKeeper keeper) {
    static final References NONE = new References(null, null, ReferenceKeeper.NONE);
  }

  private ReferenceSource.Use<References> use(Function<CausalLm, References> once) {
    return new ReferenceSource.Use<>() {
      @Override
      public References computeOnce(CausalLm model) {
        return once.apply(model);
      }

      @Override
      public References keep(
          CausalLm model, boolean remember, Function<Runnable, ReferenceKeeper> keeper) {
        ModelReference train = new ModelReference(model, trainPairs, remember);
        ModelReference eval =
            evalPairs == null ? null : new ModelReference(model, evalPairs, remember);
        Runnable forget =
            () -> {
              train.forget();
              if (eval != null) {
                eval.forget();
              }
            };
        return new References(train, eval, keeper.apply(forget));
      }
    };
  }

  private References computeOnce(CausalLm model, RunContext surroundings) {
    ReferenceBook book = parts.book();
    if (book != null && !config.sft().sftFirst()) {
      ReferenceLogps held = evalPairs == null ? null : book.eval();
      return new References(book.train(), held, ReferenceKeeper.NONE);
    }
    // A run that is stopped before its first step needs no reference.
    List<int[]> batches =
        surroundings.stopRequested().getAsBoolean()
            ? List.of()
            : visitedBatches(surroundings.plan());
    Path cache = config.reference().cacheFolder();
    try (ReferenceFile file = cache == null ? null : ReferenceFile.open(cache, model)) {
      return computeOnce(model, surroundings, batches, file);
    }
  }

  private References computeOnce(
      CausalLm model, RunContext surroundings, List<int[]> batches, @Nullable ReferenceFile file) {
    BitSet visited = new BitSet();
    batches.forEach(batch -> Arrays.stream(batch).forEach(visited::set));
    int rows = visited.cardinality();
    int evalRows = evalRows();
    TrainListener listener = surroundings.listener();
    CachedReference train =
        CachedReference.compute(
            model,
            trainPairs,
            batches,
            new CachedReference.Help(file, surroundings.share()),
            surroundings.stopRequested(),
            done -> listener.onReference(done, rows + evalRows));
    if (evalPairs == null) {
      return new References(train, null, ReferenceKeeper.NONE);
    }
    return new References(
        train,
        CachedReference.compute(
            model,
            evalPairs,
            EvalBatches.of(evalRows, config.eval().perDeviceEvalBatchSize()),
            new CachedReference.Help(file, surroundings.share()),
            surroundings.stopRequested(),
            done -> listener.onReference(rows + done, rows + evalRows)),
        ReferenceKeeper.NONE);
  }

  /** The micro-batches in which each row is visited first; rows never visited are left out. */
  private List<int[]> visitedBatches(StepPlan plan) {
    BitSet seen = new BitSet();
    int known = 0;
    List<int[]> batches = new ArrayList<>();
    for (long step = 1; step <= plan.maxSteps() && known < trainPairs.size(); step++) {
      for (int[] batch : plan.step(step).microBatches()) {
        int fresh = (int) Arrays.stream(batch).filter(row -> !seen.get(row)).distinct().count();
        if (fresh > 0) {
          batches.add(batch);
          Arrays.stream(batch).forEach(seen::set);
          known += fresh;
        }
      }
    }
    return batches;
  }
}
