/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.dpo;

import dev.dpo4j.data.prompt.PromptDataset;
import dev.dpo4j.data.prompt.TokenizedPrompt;
import dev.dpo4j.data.token.DataReport;
import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.loss.objective.Objective;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.tokenizer.LearntEnd;
import dev.dpo4j.train.loop.RankRows;
import dev.dpo4j.train.loop.RowsPerPass;
import dev.dpo4j.train.loop.SamplePrompts;
import dev.dpo4j.train.loop.StepPlan;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainTask;
import dev.dpo4j.train.loop.TrainingMethod;
import dev.dpo4j.train.output.DataDigest;
import dev.dpo4j.train.reference.HeldReference;
import dev.dpo4j.train.reference.ModelReference;
import dev.dpo4j.train.reference.PairScorer;
import dev.dpo4j.train.reference.ReferenceKeeper;
import dev.dpo4j.train.reference.ReferenceSource;
import dev.dpo4j.train.rollout.PromptRoom;
import dev.dpo4j.train.rollout.RolloutMaker;
import dev.dpo4j.train.rollout.RolloutSource;
import dev.dpo4j.train.rollout.SampledRollouts;
import dev.dpo4j.train.run.TrainingRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Online DPO as a method of training: pairs are made of the policy's own answers. */
final class OnlineDpoMethod implements TrainingMethod {
  private final OnlineDpoRun.Parts parts;
  private final OnlineDpoRunConfig config;
  private final Objective objective;

  OnlineDpoMethod(OnlineDpoRun.Parts parts, OnlineDpoRunConfig config) {
    this.parts = parts;
    this.config = config;
    this.objective = Objective.of(config.loss());
    PromptRoom.require(parts.train(), parts.policy());
    PromptRoom.require(parts.eval(), parts.policy());
  }

  @Override
  public String name() {
    return "online_dpo";
  }

  @Override
  public String unit() {
    return "prompts";
  }

  @Override
  public DataReport report() {
    return parts.train().report();
  }

  @Override
  public int trainRows() {
    return parts.train().size();
  }

  @Override
  public int evalRows() {
    PromptDataset held = parts.eval();
    return held == null ? 0 : held.size();
  }

  @Override
  public List<int[]> samplePrompts(int count) {
    PromptDataset held = parts.eval();
    List<TokenizedPrompt> prompts = (held == null ? parts.train() : held).prompts();
    return SamplePrompts.first(prompts, TokenizedPrompt::ids, count);
  }

  @Override
  public String dataSha256() {
    PromptDataset held = parts.eval();
    return new DataDigest()
        .addPrompts(parts.train().prompts())
        .addPrompts(held == null ? null : held.prompts())
        .hex();
  }

  /** Both answers of a pair, foretold at their longest. */
  @Override
  public long tokensPerEpoch() {
    double each = PromptRoom.mean(parts.train()) + config.maxCompletionLength();
    return Math.round(2 * parts.train().size() * each);
  }

  @Override
  public long longestPass(int[] microBatch) {
    RowsPerPass size = RowsPerPass.of(parts.policy().config());
    long longest = 0;
    for (int[] pass : size.split(microBatch, this::rows)) {
      long rows = 0;
      for (int place : pass) {
        rows += rows(place);
      }
      longest = Math.max(longest, rows);
    }
    return longest;
  }

  /** Rows of a pair of the longest answers. */
  private int rows(int place) {
    return parts.train().prompts().get(place).ids().length + 2 * config.maxCompletionLength();
  }

  private ReferenceSource source() {
    return new ReferenceSource(parts.policy(), parts.reference(), config.reference());
  }

  @Override
  public String reference() {
    return objective.usesReference() ? HeldReference.describe(source()) : "none";
  }

  @Override
  public @Nullable Path referenceFolder() {
    return objective.usesReference() ? source().folder() : null;
  }

  @Override
  public @Nullable LanguageModel referenceModel() {
    return objective.usesReference() ? parts.reference() : null;
  }

  @Override
  public boolean holdsSecondModel() {
    return objective.usesReference() && HeldReference.isSecondModel(source());
  }

  @Override
  public long furtherModelBytes() {
    return parts.rewards().modelBytes();
  }

  @Override
  public long rolloutBytes() {
    if (parts.source() != null) {
      return 0;
    }
    int longest = PromptRoom.longest(parts.train()) + config.maxCompletionLength();
    long weights =
        parts.policy().parameters().count() * parts.policy().parameters().dtype().byteSize();
    return config.rollout().bytes(parts.policy().config(), weights, answersPerRollout(), longest);
  }

  private int answersPerRollout() {
    long prompts =
        (long) config.loop().perDeviceTrainBatchSize()
            * config.loop().gradientAccumulationSteps()
            * config.online().rolloutSteps();
    return (int)
        Math.min(
            Integer.MAX_VALUE,
            Math.min(prompts, parts.train().size()) * config.online().numGenerations());
  }

  @Override
  public Map<String, Object> facts() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("loss_type", config.loss().names());
    facts.put("beta", config.loss().beta());
    facts.put("num_generations", config.online().numGenerations());
    facts.put("rewards", String.join(", ", parts.rewards().names()));
    facts.put("temperature", config.rollout().temperature());
    return facts;
  }

  @Override
  public void check(StepPlan plan) {
    config.reference().checkSteps(plan.maxSteps());
  }

  @Override
  public void prepare(RunContext surroundings) {
    parts.rewards().open(parts.policy(), parts.train().prompts().get(0), surroundings);
  }

  /** No answer is given: the model learns from those that it writes itself. */
  @Override
  public void showEnds(LearntEnd end) {}

  @Override
  public TrainTask open(CausalLm policy, RunContext surroundings) {
    return task(policy, surroundings.plan(), surroundings.listener());
  }

  @Override
  public TrainTask openEvaluation(CausalLm policy) {
    return task(policy, null, TrainListener.NONE);
  }

  private TrainTask task(CausalLm policy, @Nullable StepPlan steps, TrainListener listener) {
    ComputeOptions compute = TrainingRun.computeOptions(config.loop());
    RowsPerPass size = RowsPerPass.of(parts.policy().config());
    SampledPairs trainPairs = new SampledPairs(parts.train().size());
    List<TokenizedPair> evalPairs = new ArrayList<>();
    PairScorer trainScorer = new PairScorer(trainPairs, size);
    PairScorer evalScorer = new PairScorer(evalPairs, size);
    HeldReference held =
        objective.usesReference()
            ? HeldReference.open(source(), parts.policy().folder(), compute)
            : null;
    DpoTask inner =
        new DpoTask(
            policy,
            objective,
            new DpoTask.Set(trainScorer, reference(held, trainScorer)),
            new DpoTask.Set(evalScorer, reference(held, evalScorer)),
            config.eval().perDeviceEvalBatchSize(),
            held == null ? ReferenceKeeper.NONE : held.keeper(),
            new CertainAnswers(listener),
            RankRows.ALL);
    RolloutMaker maker =
        new RolloutMaker(answers(compute), parts.rewards(), parts.policy().tokenizer());
    PromptDataset eval = parts.eval();
    OnlineDpoTask.Setup setup =
        new OnlineDpoTask.Setup(
            steps,
            config.online().rolloutSteps(),
            rollouts(parts.train(), maker),
            trainPairs,
            parts.train().prompts(),
            eval == null ? null : rollouts(eval, maker),
            evalPairs,
            eval == null ? 0 : eval.size(),
            objective.usesReference());
    return new OnlineDpoTask(setup, inner, policy, listener);
  }

  private static @Nullable ModelReference reference(
      @Nullable HeldReference held, PairScorer scorer) {
    return held == null ? null : new ModelReference(held.model(), scorer, false);
  }

  private RolloutSource answers(ComputeOptions compute) {
    RolloutSource given = parts.source();
    return given == null
        ? new SampledRollouts(
            parts.policy(),
            compute,
            config.rollout().sampling(config.maxCompletionLength()),
            config.rollout().rolloutBatchSize())
        : given;
  }

  private PairRollouts rollouts(PromptDataset data, RolloutMaker maker) {
    return new PairRollouts(data.prompts(), maker, config.online(), config.loop().seed());
  }
}
