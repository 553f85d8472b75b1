/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.grpo;

import dev.dpo4j.data.prompt.PromptDataset;
import dev.dpo4j.data.prompt.TokenizedPrompt;
import dev.dpo4j.data.token.DataReport;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.tokenizer.LearntEnd;
import dev.dpo4j.train.loop.RowsPerPass;
import dev.dpo4j.train.loop.SamplePrompts;
import dev.dpo4j.train.loop.StepPlan;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainTask;
import dev.dpo4j.train.loop.TrainingMethod;
import dev.dpo4j.train.options.LoopOptions;
import dev.dpo4j.train.output.DataDigest;
import dev.dpo4j.train.reference.HeldReference;
import dev.dpo4j.train.reference.ReferenceKeeper;
import dev.dpo4j.train.reference.ReferenceSource;
import dev.dpo4j.train.rollout.AnswerPasses;
import dev.dpo4j.train.rollout.PromptRoom;
import dev.dpo4j.train.rollout.RolloutMaker;
import dev.dpo4j.train.rollout.RolloutSource;
import dev.dpo4j.train.rollout.SampledRollouts;
import dev.dpo4j.train.run.TrainingRun;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Training on groups of sampled answers, GRPO or RLOO, as a method of training. */
final class GroupMethod implements TrainingMethod {
  private final GroupRun.Parts parts;
  private final GroupRunConfig config;
  private final GroupObjective objective;
  private final GroupPlan plan;
  private final AnswerPasses passes;

  GroupMethod(GroupRun.Parts parts, GroupRunConfig config) {
    this.parts = parts;
    this.config = config;
    this.objective = config.objective();
    this.plan = GroupPlan.of(parts.train().size(), config.group(), config.loop());
    this.passes = new AnswerPasses(RowsPerPass.of(parts.policy().config()));
    PromptRoom.require(parts.train(), parts.policy());
    PromptRoom.require(parts.eval(), parts.policy());
  }

  @Override
  public String name() {
    return objective.name();
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
    return plan.rows();
  }

  @Override
  public StepPlan plan(LoopOptions loop, int processes) {
    return plan.steps(loop);
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

  /** Prompts count once an answer; answers are foretold at their longest. */
  @Override
  public long tokensPerEpoch() {
    double each = PromptRoom.mean(parts.train()) + config.maxCompletionLength();
    return Math.round(plan.rows() * each);
  }

  @Override
  public long longestPass(int[] microBatch) {
    int[] places = Arrays.stream(microBatch).map(row -> plan.prompt(0, row)).toArray();
    int[] lengths =
        Arrays.stream(places)
            .map(place -> parts.train().prompts().get(place).ids().length)
            .toArray();
    return passes.longestPass(lengths, places, config.maxCompletionLength());
  }

  private boolean hasReference() {
    return config.group().beta() != 0;
  }

  private ReferenceSource source() {
    return new ReferenceSource(parts.policy(), parts.reference(), config.reference());
  }

  @Override
  public String reference() {
    return hasReference() ? HeldReference.describe(source()) : "none";
  }

  @Override
  public @Nullable Path referenceFolder() {
    return hasReference() ? source().folder() : null;
  }

  @Override
  public @Nullable LanguageModel referenceModel() {
    return hasReference() ? parts.reference() : null;
  }

  @Override
  public boolean holdsSecondModel() {
    return hasReference() && HeldReference.isSecondModel(source());
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
    return config.rollout().bytes(parts.policy().config(), weights, plan.answers(), longest);
  }

  @Override
  public Map<String, Object> facts() {
    Map<String, Object> facts = new LinkedHashMap<>(objective.facts());
    facts.put("rewards", String.join(", ", parts.rewards().names()));
    facts.put("temperature", config.rollout().temperature());
    return facts;
  }

  @Override
  public void check(StepPlan steps) {
    if (hasReference()) {
      config.reference().checkSteps(steps.maxSteps());
    }
  }

  @Override
  public void prepare(RunContext surroundings) {
    TrainListener listener = surroundings.listener();
    parts.rewards().open(parts.policy(), parts.train().prompts().get(0), surroundings);
    if (plan.leftOver() > 0) {
      listener.onWarning(
          "prompts",
          "%d of %d prompts fill no rollout of %d and are left out of each epoch"
              .formatted(plan.leftOver(), parts.train().size(), plan.promptsPerRollout()));
    }
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
    policy.scoreAt(config.rollout().temperature());
    HeldReference held =
        hasReference() ? HeldReference.open(source(), parts.policy().folder(), compute) : null;
    if (held != null) {
      held.model().scoreAt(config.rollout().temperature());
    }
    RolloutSource given = parts.source();
    RolloutSource source =
        given == null
            ? new SampledRollouts(
                parts.policy(),
                compute,
                config.rollout().sampling(config.maxCompletionLength()),
                config.rollout().rolloutBatchSize())
            : given;
    RolloutMaker maker = new RolloutMaker(source, parts.rewards(), parts.policy().tokenizer());
    PromptDataset eval = parts.eval();
    boolean cutCounts = !config.group().maskTruncatedCompletions();
    GroupTask.Setup setup =
        new GroupTask.Setup(
            plan,
            objective,
            parts.train().prompts(),
            eval == null ? List.of() : eval.prompts(),
            config.group().evalGenerations(),
            config.eval().perDeviceEvalBatchSize(),
            steps,
            config.spansSteps(),
            parts.rewards().names(),
            parts.rewards().weights(),
            cutCounts);
    return new GroupTask(
        setup,
        policy,
        new GroupRollouts(
            policy, held == null ? null : held.model(), maker, objective, passes, cutCounts),
        passes,
        held == null ? ReferenceKeeper.NONE : held.keeper(),
        new GroupNotes(listener, maker, !objective.hasKlInLoss()));
  }
}
