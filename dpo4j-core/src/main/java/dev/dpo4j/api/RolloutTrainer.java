/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api;

import dev.dpo4j.data.prompt.PromptDataset;
import dev.dpo4j.data.prompt.PromptRows;
import dev.dpo4j.data.token.LengthLimits;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.options.RunConfig;
import dev.dpo4j.train.rollout.ModelReward;
import dev.dpo4j.train.rollout.RewardFunction;
import dev.dpo4j.train.rollout.RewardSource;
import dev.dpo4j.train.rollout.Rewards;
import dev.dpo4j.train.rollout.RolloutParts;
import dev.dpo4j.train.rollout.RolloutSource;
import dev.dpo4j.train.rollout.WeightedReward;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the trainers have in common whose models learn from their own answers.
 *
 * @param <C> how to train
 */
public abstract non-sealed class RolloutTrainer<C extends RunConfig> extends Trainer {
  private final C config;
  private final LanguageModel policy;
  private final @Nullable LanguageModel reference;
  private final PromptDataset train;
  private final @Nullable PromptDataset eval;
  private final List<WeightedReward> rules;
  private final List<Model> rewardModels;
  private final @Nullable RolloutSource rollouts;
  private @Nullable Rewards opened;

  /** Takes the parts and tokenises the prompts. */
  protected RolloutTrainer(Builder<C, ?> builder) {
    super(builder);
    this.config = builder.requiredConfig();
    this.policy = builder.requiredModel().language();
    config.texts().give(policy);
    Model held = builder.refModel;
    this.reference = held == null ? null : held.language();
    LengthLimits limits = config.dataset().limits();
    this.train = builder.requiredTrain().tokenize(policy.chat(), limits);
    PromptRows rows = builder.eval();
    this.eval = rows == null ? null : rows.tokenize(policy.chat(), limits);
    builder.requireReward();
    this.rules = List.copyOf(builder.rewards);
    this.rewardModels = List.copyOf(builder.rewardModels);
    this.rollouts = builder.rollouts;
  }

  /** Makes the run; called once for each training. */
  protected abstract TrainingRun run(RolloutParts parts, C config, RunHooks hooks);

  /** What a reward model becomes that judges answers. */
  protected RewardSource judge(LanguageModel reward, ComputeOptions compute) {
    return new ModelReward(reward, compute);
  }

  @Override
  final TrainingRun open(RunHooks hooks) {
    Rewards rewards = rewards();
    opened = rewards;
    return run(new RolloutParts(policy, reference, train, eval, rewards, rollouts), config, hooks);
  }

  @Override
  final boolean release() {
    Rewards present = opened;
    if (present != null) {
      opened = null;
      present.close();
    }
    return true;
  }

  private Rewards rewards() {
    List<WeightedReward> all = new ArrayList<>(rules);
    ComputeOptions compute = TrainingRun.computeOptions(config.loop());
    for (int i = 0; i < rewardModels.size(); i++) {
      LanguageModel model = rewardModels.get(i).language();
      String name = i == 0 ? "reward_model" : "reward_model_" + (i + 1);
      all.add(new WeightedReward(name, 1, judge(model, compute)));
    }
    return new Rewards(all);
  }

  /** The model that is trained. */
  protected final LanguageModel policy() {
    return policy;
  }

  /** The tokenised prompts and the report on what became of every row. */
  public final PromptDataset trainDataset() {
    return train;
  }

  /**
   * Collects the parts of a trainer.
   *
   * @param <C> how to train
   * @param <B> the builder itself
   */
  public abstract static class Builder<C extends RunConfig, B extends Builder<C, B>>
      extends TrainerBuilder<C, PromptRows, B> {
    private final List<WeightedReward> rewards = new ArrayList<>();
    private final List<Model> rewardModels = new ArrayList<>();
    private final String trainer;
    private @Nullable Model refModel;
    private @Nullable RolloutSource rollouts;

    /** Starts a builder of the trainer of that name. */
    protected Builder(String trainer) {
      super(trainer);
      this.trainer = trainer;
    }

    /** The builder as what it is. */
    protected abstract B builder();

    @Override
    @SuppressWarnings("SelfAlwaysReturnsThis") // builders of other packages cannot override it
    final B self() {
      return builder();
    }

    /** The frozen reference; without it the model as it is before training. */
    public B refModel(Model value) {
      refModel = value;
      return self();
    }

    /** Judges answers with a reward model, loaded with {@link Model#loadReward}. */
    public B rewardModel(Model value) {
      rewardModels.add(value);
      return self();
    }

    /** Judges answers by a rule in Java. */
    public B reward(RewardFunction function) {
      return reward("reward_" + (rewards.size() + 1), 1, function);
    }

    /**
     * Judges answers by one of several rules.
     *
     * @param name what it is called in messages and metrics
     * @param weight what its number is multiplied by in the sum
     */
    public B reward(String name, double weight, RewardFunction function) {
      rewards.add(new WeightedReward(name, weight, function.source(name)));
      return self();
    }

    /** Where answers come from in place of the model, such as another server or a recording. */
    public B rollouts(RolloutSource source) {
      rollouts = source;
      return self();
    }

    /** The weights behind a model. */
    protected final LanguageModel language(Model model) {
      return model.language();
    }

    /** A part that has to be there. */
    protected final <T> T required(@Nullable T value, String name) {
      return required(trainer, value, name);
    }

    private void requireReward() {
      if (rewards.isEmpty() && rewardModels.isEmpty()) {
        throw new IllegalArgumentException(
            trainer + " needs a reward: call .rewardModel(...) or .reward(...) before .build()");
      }
    }
  }
}
