/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.ppo;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.family.ModelHead;
import dev.dpo4j.optim.Optimizer;
import dev.dpo4j.optim.ParameterRates;
import dev.dpo4j.train.loop.RowsPerPass;
import dev.dpo4j.train.loop.StepPlan;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainTask;
import dev.dpo4j.train.options.LoopOptions;
import dev.dpo4j.train.reference.HeldReference;
import dev.dpo4j.train.reference.ReferenceSource;
import dev.dpo4j.train.rollout.RolloutMethod;
import dev.dpo4j.train.rollout.RolloutParts;
import dev.dpo4j.train.run.TrainingRun;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** PPO as a method of training. */
final class PpoMethod extends RolloutMethod {
  private final RolloutParts parts;
  private final LanguageModel critic;
  private final PpoRunConfig config;

  PpoMethod(RolloutParts parts, LanguageModel critic, PpoRunConfig config) {
    super(parts, config);
    this.parts = parts;
    this.critic = critic;
    this.config = config;
    if (critic.config().head() != ModelHead.REWARD) {
      throw new IllegalArgumentException(
          critic.folder() + " was loaded as a language model: load it for rewards");
    }
    if (!SameTokens.ofVocabularies(critic, parts.policy())) {
      throw new ConfigException(
          new Fault(
              "value_model_path",
              critic.folder().toString(),
              "has another vocabulary than %s, whose tokens the value model reads: give a value model with the policy's tokenizer, or leave value_model_path out, which begins one with the policy's weights"
                  .formatted(parts.policy().folder())));
    }
  }

  @Override
  public String name() {
    return "ppo";
  }

  @Override
  public String unit() {
    return "prompts";
  }

  /** Of the prompts, with answers of full length. */
  @Override
  public long tokensPerEpoch() {
    return trainPrompts().stream()
        .mapToLong(prompt -> (long) prompt.ids().length + config.maxCompletionLength())
        .sum();
  }

  @Override
  public long longestPass(int[] microBatch) {
    int answer = config.maxCompletionLength();
    return RowsPerPass.of(parts.policy().config())
        .split(microBatch, row -> trainPrompts().get(row).ids().length + answer)
        .stream()
        .mapToLong(
            pass ->
                Arrays.stream(pass)
                    .mapToLong(row -> trainPrompts().get(row).ids().length + answer)
                    .sum())
        .max()
        .orElse(0);
  }

  @Override
  protected boolean usesReference() {
    return true;
  }

  @Override
  protected int answersPerRollout() {
    return config.loop().perDeviceTrainBatchSize() * config.loop().gradientAccumulationSteps();
  }

  private ReferenceSource source() {
    return new ReferenceSource(parts.policy(), parts.reference(), config.reference());
  }

  @Override
  public String reference() {
    ReferenceSource held = source();
    Path folder = held.folder();
    return folder != null
        ? folder.toString()
        : held.isAdapterOff()
            ? "the policy with its adapter as it was"
            : "a copy of the policy before training";
  }

  /** The critic with its gradients and moments, beside what all rollouts need. */
  @Override
  public long furtherModelBytes() {
    long weights = critic.parameters().count() * Float.BYTES;
    return 2 * weights
        + config.optimizer().stateBytes(critic.parameters())
        + super.furtherModelBytes();
  }

  @Override
  public int trainedModels() {
    return 2; // the critic, too
  }

  @Override
  public StepPlan plan(LoopOptions loop, int processes) {
    long steps = config.ppo().steps(loop.maxSteps(), answersPerRollout());
    return StepPlan.of(trainRows(), loop, 1, steps);
  }

  @Override
  public Map<String, Object> facts() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("rewards", parts.rewards().names());
    facts.put("value model", critic.folder().toString());
    facts.put("kl_coef", config.ppo().klCoef());
    facts.put("num_ppo_epochs", config.ppo().numPpoEpochs());
    return facts;
  }

  @Override
  public void check(StepPlan plan) {
    config.reference().checkSteps(plan.maxSteps());
  }

  @Override
  protected TrainTask task(CausalLm policy, @Nullable StepPlan steps, TrainListener listener) {
    double temperature = config.rollout().temperature();
    policy.scoreAt(temperature);
    ComputeOptions compute = TrainingRun.computeOptions(config.loop());
    HeldReference held = HeldReference.open(source(), parts.policy().folder(), compute);
    held.model().scoreAt(temperature);
    PpoModels models = new PpoModels(policy, held.model(), held.keeper(), critic(policy, compute));
    LoopOptions loop = config.loop();
    Answering answering =
        new Answering(
            maker(compute),
            trainPrompts(),
            evalPrompts(),
            loop.seed(),
            config.ppo().missingEosPenalty(),
            listener);
    PpoSettings settings =
        new PpoSettings(
            config.ppo(),
            loop.perDeviceTrainBatchSize(),
            loop.gradientAccumulationSteps(),
            loop.trainSamplingStrategy(),
            loop.seed(),
            config.eval().perDeviceEvalBatchSize());
    String advice = "raise kl_coef, or lower learning_rate or num_ppo_epochs";
    return new PpoTask(models, answering, settings, guard(advice));
  }

  private Critic critic(CausalLm policy, ComputeOptions compute) {
    Optimizer optimizer = config.optimizer().create(critic.parameters(), ParameterRates.SAME);
    // It keeps no more activations than the policy, whose passes are over when it computes.
    long activations = policy.options().activationBytes();
    CausalLm values = critic.compute(compute.withActivationBytes(activations));
    return new Critic(critic, values, optimizer, config.optimizer().maxGradNorm());
  }
}
