/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.ppo;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.data.prompt.PromptDataset;
import dev.dpo4j.data.prompt.TokenizedPrompt;
import dev.dpo4j.data.token.DataReport;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.family.ModelHead;
import dev.dpo4j.optim.Optimizer;
import dev.dpo4j.optim.ParameterRates;
import dev.dpo4j.tokenizer.LearntEnd;
import dev.dpo4j.train.loop.RowsPerPass;
import dev.dpo4j.train.loop.SamplePrompts;
import dev.dpo4j.train.loop.StepPlan;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainTask;
import dev.dpo4j.train.loop.TrainingMethod;
import dev.dpo4j.train.options.LoopOptions;
import dev.dpo4j.train.output.DataDigest;
import dev.dpo4j.train.reference.ReferenceKeeper;
import dev.dpo4j.train.reference.ReferenceSource;
import dev.dpo4j.train.rollout.Rewards;
import dev.dpo4j.train.rollout.RolloutMaker;
import dev.dpo4j.train.rollout.RolloutSource;
import dev.dpo4j.train.rollout.SampledRollouts;
import dev.dpo4j.train.run.TrainingRun;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** PPO as a method of training. */
final class PpoMethod implements TrainingMethod {
  private final PpoRun.Parts parts;
  private final PpoRunConfig config;

  PpoMethod(PpoRun.Parts parts, PpoRunConfig config) {
    this.parts = parts;
    this.config = config;
    LanguageModel critic = parts.critic();
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

  @Override
  public DataReport report() {
    return parts.train().report();
  }

  private List<TokenizedPrompt> train() {
    return parts.train().prompts();
  }

  private List<TokenizedPrompt> eval() {
    PromptDataset held = parts.eval();
    return held == null ? List.of() : held.prompts();
  }

  @Override
  public int trainRows() {
    return train().size();
  }

  @Override
  public int evalRows() {
    return eval().size();
  }

  @Override
  public String dataSha256() {
    return new DataDigest()
        .addPrompts(train())
        .addPrompts(parts.eval() == null ? null : eval())
        .hex();
  }

  /** Of the prompts, with answers of full length. */
  @Override
  public long tokensPerEpoch() {
    return train().stream()
        .mapToLong(prompt -> (long) prompt.ids().length + config.ppo().responseLength())
        .sum();
  }

  @Override
  public long longestPass(int[] microBatch) {
    int answer = config.ppo().responseLength();
    return RowsPerPass.of(parts.policy().config())
        .split(microBatch, row -> train().get(row).ids().length + answer)
        .stream()
        .mapToLong(
            pass ->
                Arrays.stream(pass).mapToLong(row -> train().get(row).ids().length + answer).sum())
        .max()
        .orElse(0);
  }

  private ReferenceSource held() {
    return new ReferenceSource(parts.policy(), parts.reference(), config.reference());
  }

  @Override
  public String reference() {
    Path folder = held().folder();
    return folder != null
        ? folder.toString()
        : held().isAdapterOff()
            ? "the policy with its adapter as it was"
            : "a copy of the policy before training";
  }

  @Override
  public @Nullable Path referenceFolder() {
    return held().folder();
  }

  @Override
  public @Nullable LanguageModel referenceModel() {
    return parts.reference();
  }

  @Override
  public boolean holdsSecondModel() {
    return parts.reference() != null || !held().isAdapterOff();
  }

  /** The critic with its gradients and moments, and the models behind the rewards. */
  @Override
  public long furtherModelBytes() {
    long weights = parts.critic().parameters().count() * Float.BYTES;
    return 2 * weights
        + config.optimizer().stateBytes(parts.critic().parameters())
        + new Rewards(parts.rewards()).modelBytes();
  }

  @Override
  public long rolloutBytes() {
    LanguageModel policy = parts.policy();
    LoopOptions loop = config.loop();
    int longest = train().stream().mapToInt(prompt -> prompt.ids().length).max().orElse(0);
    return parts.source() != null
        ? 0
        : config
            .rollout()
            .bytes(
                policy.config(),
                policy.parameters().count() * policy.parameters().dtype().byteSize(),
                loop.perDeviceTrainBatchSize() * loop.gradientAccumulationSteps(),
                longest + config.ppo().responseLength());
  }

  @Override
  public StepPlan plan(LoopOptions loop, int processes) {
    int answers = loop.perDeviceTrainBatchSize() * loop.gradientAccumulationSteps();
    Long dataSeed = loop.dataSeed();
    return new StepPlan(
        trainRows(),
        loop.perDeviceTrainBatchSize(),
        loop.gradientAccumulationSteps(),
        loop.trainSamplingStrategy(),
        dataSeed == null ? loop.seed() : dataSeed,
        loop.dataloaderDropLast(),
        loop.numTrainEpochs(),
        config.ppo().steps(loop.maxSteps(), answers));
  }

  @Override
  public List<int[]> samplePrompts(int count) {
    return SamplePrompts.first(eval().isEmpty() ? train() : eval(), TokenizedPrompt::ids, count);
  }

  @Override
  public Map<String, Object> facts() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("rewards", new Rewards(parts.rewards()).names());
    facts.put("value model", parts.critic().folder().toString());
    facts.put("kl_coef", config.ppo().klCoef());
    facts.put("num_ppo_epochs", config.ppo().numPpoEpochs());
    return facts;
  }

  @Override
  public void prepare(RunContext surroundings) {
    new Rewards(parts.rewards()).open(parts.policy(), train().get(0), surroundings);
  }

  @Override
  public void check(StepPlan plan) {
    config.reference().checkSteps(plan.maxSteps());
  }

  /** No answer is given: what is learnt are the model's own. */
  @Override
  public void showEnds(LearntEnd end) {}

  @Override
  public TrainTask open(CausalLm policy, RunContext surroundings) {
    return open(policy, surroundings.listener());
  }

  @Override
  public TrainTask openEvaluation(CausalLm policy) {
    return open(policy, TrainListener.NONE);
  }

  private TrainTask open(CausalLm policy, TrainListener listener) {
    double temperature = config.rollout().temperature();
    policy.scoreAt(temperature);
    ComputeOptions compute = TrainingRun.computeOptions(config.loop());
    return held()
        .keep(
            parts.policy().folder(),
            compute,
            new ReferenceSource.Use<PpoTask>() {
              @Override
              public PpoTask computeOnce(CausalLm model) {
                throw new IllegalStateException("answers are not known before training");
              }

              @Override
              public PpoTask keep(
                  CausalLm model, boolean remember, Function<Runnable, ReferenceKeeper> keeper) {
                model.scoreAt(temperature);
                PpoModels models =
                    new PpoModels(policy, model, keeper.apply(() -> {}), critic(compute));
                return task(models, compute, listener);
              }
            });
  }

  private Critic critic(ComputeOptions compute) {
    Optimizer optimizer =
        config.optimizer().create(parts.critic().parameters(), ParameterRates.SAME);
    return new Critic(
        parts.critic(),
        parts.critic().compute(compute),
        optimizer,
        config.optimizer().maxGradNorm());
  }

  private PpoTask task(PpoModels models, ComputeOptions compute, TrainListener listener) {
    LoopOptions loop = config.loop();
    RolloutSource given = parts.source();
    RolloutSource source =
        given != null
            ? given
            : new SampledRollouts(
                parts.policy(),
                compute,
                config.rollout().sampling(config.ppo().responseLength()),
                config.rollout().rolloutBatchSize());
    Rewards rewards = new Rewards(parts.rewards());
    Answering answering =
        new Answering(
            new RolloutMaker(source, rewards, parts.policy().tokenizer()),
            rewards,
            train(),
            eval(),
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
    return new PpoTask(
        models, answering, settings, new KlGuard(config.ppo().klLimit(), parts.policy()));
  }
}
