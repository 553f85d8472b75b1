/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.dpo;

import dev.dpo4j.data.prompt.TokenizedPrompt;
import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.loss.objective.Objective;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.train.loop.RankRows;
import dev.dpo4j.train.loop.RowsPerPass;
import dev.dpo4j.train.loop.StepPlan;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainTask;
import dev.dpo4j.train.reference.HeldReference;
import dev.dpo4j.train.reference.ModelReference;
import dev.dpo4j.train.reference.PairScorer;
import dev.dpo4j.train.reference.ReferenceKeeper;
import dev.dpo4j.train.reference.ReferenceSource;
import dev.dpo4j.train.rollout.AnswerPasses;
import dev.dpo4j.train.rollout.KlGuard;
import dev.dpo4j.train.rollout.PromptRoom;
import dev.dpo4j.train.rollout.RolloutMaker;
import dev.dpo4j.train.rollout.RolloutMethod;
import dev.dpo4j.train.rollout.RolloutParts;
import dev.dpo4j.train.rollout.RolloutSample;
import dev.dpo4j.train.run.TrainingRun;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Online DPO as a method of training: pairs are made of the policy's own answers. */
final class OnlineDpoMethod extends RolloutMethod {
  private final RolloutParts parts;
  private final OnlineDpoRunConfig config;
  private final Objective objective;

  OnlineDpoMethod(RolloutParts parts, OnlineDpoRunConfig config) {
    super(parts, config);
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
    return trainPrompts().get(place).ids().length + 2 * config.maxCompletionLength();
  }

  @Override
  protected boolean usesReference() {
    return objective.usesReference();
  }

  @Override
  protected int answersPerRollout() {
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

  private ReferenceSource source() {
    return new ReferenceSource(parts.policy(), parts.reference(), config.reference());
  }

  @Override
  protected TrainTask task(CausalLm policy, @Nullable StepPlan steps, TrainListener listener) {
    ComputeOptions compute = TrainingRun.computeOptions(config.loop());
    RowsPerPass size = RowsPerPass.of(parts.policy().config());
    SampledPairs trainPairs = new SampledPairs(parts.train().size());
    List<TokenizedPair> evalPairs = new ArrayList<>();
    PairScorer trainScorer = new PairScorer(trainPairs, size);
    PairScorer evalScorer = new PairScorer(evalPairs, size);
    HeldReference held =
        usesReference() ? HeldReference.open(source(), parts.policy().folder(), compute) : null;
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
    RolloutMaker maker = maker(compute);
    OnlineDpoTask.Setup setup =
        new OnlineDpoTask.Setup(
            steps,
            config.online().rolloutSteps(),
            rollouts(trainPrompts(), maker),
            trainPairs,
            trainPrompts(),
            parts.eval() == null ? null : rollouts(evalPrompts(), maker),
            evalPairs,
            evalRows(),
            usesReference(),
            divergence(policy, held, size));
    String advice = "raise beta, or lower learning_rate or rollout_steps";
    return new OnlineDpoTask(setup, inner, policy, listener, guard(advice));
  }

  private static ToDoubleFunction<List<RolloutSample>> divergence(
      CausalLm policy, @Nullable HeldReference held, RowsPerPass size) {
    if (held == null) {
      return samples -> 0;
    }
    AnswerPasses passes = new AnswerPasses(size);
    return samples -> {
      int[] all =
          IntStream.range(0, samples.size())
              .filter(i -> samples.get(i).completion().ids().length > 0)
              .toArray();
      return KlGuard.divergence(
          passes.score(policy, samples, all), passes.score(held.model(), samples, all));
    };
  }

  private static @Nullable ModelReference reference(
      @Nullable HeldReference held, PairScorer scorer) {
    return held == null ? null : new ModelReference(held.model(), scorer, false);
  }

  private PairRollouts rollouts(List<TokenizedPrompt> prompts, RolloutMaker maker) {
    return new PairRollouts(prompts, maker, config.online(), config.loop().seed());
  }
}
