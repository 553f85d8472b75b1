/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.grpo;

import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.train.loop.RowsPerPass;
import dev.dpo4j.train.loop.StepPlan;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainTask;
import dev.dpo4j.train.options.LoopOptions;
import dev.dpo4j.train.reference.HeldReference;
import dev.dpo4j.train.reference.ReferenceKeeper;
import dev.dpo4j.train.reference.ReferenceSource;
import dev.dpo4j.train.rollout.AnswerPasses;
import dev.dpo4j.train.rollout.PromptRoom;
import dev.dpo4j.train.rollout.RolloutMaker;
import dev.dpo4j.train.rollout.RolloutMethod;
import dev.dpo4j.train.rollout.RolloutParts;
import dev.dpo4j.train.run.TrainingRun;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Training on groups of sampled answers, GRPO or RLOO, as a method of training. */
final class GroupMethod extends RolloutMethod {
  private final RolloutParts parts;
  private final GroupRunConfig config;
  private final GroupObjective objective;
  private final GroupPlan plan;
  private final AnswerPasses passes;

  GroupMethod(RolloutParts parts, GroupRunConfig config) {
    super(parts, config);
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
  public int trainRows() {
    return plan.rows();
  }

  @Override
  public StepPlan plan(LoopOptions loop, int processes) {
    return plan.steps(loop);
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
        Arrays.stream(places).map(place -> trainPrompts().get(place).ids().length).toArray();
    return passes.longestPass(lengths, places, config.maxCompletionLength());
  }

  @Override
  protected boolean usesReference() {
    return config.group().beta() != 0;
  }

  @Override
  protected int answersPerRollout() {
    return plan.answers();
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
    if (usesReference()) {
      config.reference().checkSteps(steps.maxSteps());
    }
  }

  @Override
  public void prepare(RunContext surroundings) {
    super.prepare(surroundings);
    if (plan.leftOver() > 0) {
      surroundings
          .listener()
          .onWarning(
              "prompts",
              "%d of %d prompts fill no rollout of %d and are left out of each epoch"
                  .formatted(plan.leftOver(), parts.train().size(), plan.promptsPerRollout()));
    }
  }

  private ReferenceSource source() {
    return new ReferenceSource(parts.policy(), parts.reference(), config.reference());
  }

  @Override
  protected TrainTask task(CausalLm policy, @Nullable StepPlan steps, TrainListener listener) {
    ComputeOptions compute = TrainingRun.computeOptions(config.loop());
    policy.scoreAt(config.rollout().temperature());
    HeldReference held =
        usesReference() ? HeldReference.open(source(), parts.policy().folder(), compute) : null;
    if (held != null) {
      held.model().scoreAt(config.rollout().temperature());
    }
    RolloutMaker maker = maker(compute);
    boolean cutCounts = !config.group().maskTruncatedCompletions();
    GroupTask.Setup setup =
        new GroupTask.Setup(
            plan,
            objective,
            trainPrompts(),
            evalPrompts(),
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
        new GroupNotes(listener, maker, !objective.hasKlInLoss()),
        guard("raise beta, or lower learning_rate or num_iterations"));
  }
}
