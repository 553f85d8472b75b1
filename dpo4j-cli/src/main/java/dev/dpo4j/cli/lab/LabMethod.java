/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.api.KtoConfig;
import dev.dpo4j.api.SftConfig;
import dev.dpo4j.api.rl.GrpoConfig;
import dev.dpo4j.api.rl.OnlineDpoConfig;
import dev.dpo4j.api.rl.PpoConfig;
import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.TrainingRows;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tokenizer.TextChanges;
import dev.dpo4j.train.dpo.DpoRun;
import dev.dpo4j.train.dpo.OnlineDpoRun;
import dev.dpo4j.train.grpo.GroupRun;
import dev.dpo4j.train.kto.KtoRun;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.ppo.PpoRun;
import dev.dpo4j.train.ppo.TokenReward;
import dev.dpo4j.train.rollout.RewardFunction;
import dev.dpo4j.train.rollout.Rewards;
import dev.dpo4j.train.rollout.WeightedReward;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.sft.SftRun;
import java.util.List;
import java.util.Locale;

/** The methods that the lab compares, with the settings that each is trained with. */
enum LabMethod {
  PPO("PPO", 4, 58),
  PPO_TRUE("PPO, true reward", 3, 56),
  DPO("DPO", 2, 8),
  IPO("IPO", 2, 8),
  KTO("KTO", 2, 12),
  ONLINE_DPO("online DPO", 3, 12),
  GRPO("GRPO", 3, 12),
  SFT("SFT on chosen", 1, 6);

  /** Most tokens of an answer. */
  static final int LONGEST = 48;

  private final String title;
  private final int models;
  private final int passes;

  /**
   * Names a method.
   *
   * @param models models in memory while it trains
   * @param passes operations for each weight and token that is trained on: 2 for each forward and 4
   *     for each backward pass, those of sampling and judging included
   */
  LabMethod(String title, int models, int passes) {
    this.title = title;
    this.models = models;
    this.passes = passes;
  }

  String title() {
    return title;
  }

  int models() {
    return models;
  }

  int passes() {
    return passes;
  }

  /** Whether the strength of the tie to the reference changes anything. */
  boolean hasStrength() {
    return this != SFT;
  }

  /** Trains a model until the hooks say stop. */
  TrainResult train(
      LabData data, LanguageModel policy, double strength, long seed, RunHooks hooks) {
    return switch (this) {
      case PPO, PPO_TRUE -> ppo(data, policy, strength, seed, hooks);
      case DPO -> dpo(data, policy, seed, hooks, "loss_type: sigmoid\nbeta: " + 0.1 * strength);
      case IPO -> dpo(data, policy, seed, hooks, "loss_type: ipo\nbeta: " + 0.1 * strength);
      case KTO -> kto(data, policy, strength, seed, hooks);
      case ONLINE_DPO -> online(data, policy, strength, seed, hooks);
      case GRPO -> grpo(data, policy, strength, seed, hooks);
      case SFT -> sft(data, policy, seed, hooks);
    };
  }

  private String yaml(LabData data, long seed, String... more) {
    String common =
        """
        output_dir: %s
        overwrite_output_dir: true
        save_strategy: "no"
        logging_steps: 1000000
        max_steps: 1000000
        lr_scheduler_type: constant
        seed: %d
        """;
    return common.formatted(data.runFolder().resolve(name().toLowerCase(Locale.ROOT)), seed)
        + String.join("\n", more)
        + "\n";
  }

  private TrainResult ppo(
      LabData data, LanguageModel policy, double strength, long seed, RunHooks hooks) {
    PpoConfig config =
        PpoConfig.of(
            yaml(
                data,
                seed,
                "learning_rate: 1e-4",
                "per_device_train_batch_size: 16",
                "temperature: 1.0",
                "missing_eos_penalty: 1.0",
                "response_length: " + LONGEST,
                "kl_coef: " + 0.05 * strength));
    try (LanguageModel reward = LanguageModel.loadReward(data.rewardFolder());
        LanguageModel critic =
            LanguageModel.loadForRewards(
                data.rewardFolder(), DType.FLOAT32, seed, TextChanges.NONE)) {
      WeightedReward judge = this == PPO_TRUE ? trueReward() : learned(reward, policy);
      PpoRun.Parts parts =
          new PpoRun.Parts(policy, null, critic, List.of(judge), data.prompts(policy), null, null);
      return PpoRun.of(parts, config, hooks).run();
    }
  }

  static WeightedReward trueReward() {
    RewardFunction function = (prompt, answer, row) -> LabReward.of(answer.strip());
    return new WeightedReward("true_reward", 1, function.source("true_reward"));
  }

  private static WeightedReward learned(LanguageModel reward, LanguageModel policy) {
    return new WeightedReward(
        "learned", 1, TokenReward.of(reward, policy, ComputeOptions.float32()));
  }

  private TrainResult dpo(
      LabData data, LanguageModel policy, long seed, RunHooks hooks, String loss) {
    DpoConfig config =
        DpoConfig.of(
            yaml(
                data,
                seed,
                loss,
                "learning_rate: 1e-4",
                "per_device_train_batch_size: 8",
                "precompute_ref_log_probs: false",
                "displacement_limit: null",
                "drop_identical_pairs: true"));
    DpoRun.Parts parts =
        new DpoRun.Parts(
            policy,
            null,
            PreferenceRows.read(data.pairs(), "train")
                .tokenize(policy.chat(), config.data().tokenizeOptions()),
            null);
    return DpoRun.of(parts, config, hooks).run();
  }

  private TrainResult kto(
      LabData data, LanguageModel policy, double strength, long seed, RunHooks hooks) {
    KtoConfig config =
        KtoConfig.of(
            yaml(
                data,
                seed,
                "learning_rate: 1e-4",
                "per_device_train_batch_size: 16",
                "precompute_ref_log_probs: false",
                "beta: " + 0.1 * strength));
    KtoRun.Parts parts =
        new KtoRun.Parts(
            policy,
            null,
            TrainingRows.read(data.pairs(), "train")
                .tokenizeLabelled(policy.chat(), config.dataset().limits()),
            null);
    return KtoRun.of(parts, config, hooks).run();
  }

  private TrainResult sft(LabData data, LanguageModel policy, long seed, RunHooks hooks) {
    SftConfig config =
        SftConfig.of(yaml(data, seed, "learning_rate: 3e-4", "per_device_train_batch_size: 16"));
    SftRun.Parts parts =
        new SftRun.Parts(
            policy,
            TrainingRows.read(data.pairs(), "train")
                .tokenizeSupervised(policy.chat(), config.data().supervisedOptions()),
            null);
    return SftRun.of(parts, config, hooks).run();
  }

  private TrainResult grpo(
      LabData data, LanguageModel policy, double strength, long seed, RunHooks hooks) {
    GrpoConfig config =
        GrpoConfig.of(
            yaml(
                data,
                seed,
                "learning_rate: 1e-4",
                "per_device_train_batch_size: 16",
                "num_generations: 4",
                "max_completion_length: " + LONGEST,
                "beta: " + 0.04 * strength));
    try (LanguageModel reward = LanguageModel.loadReward(data.rewardFolder());
        Rewards rewards = new Rewards(List.of(learned(reward, policy)))) {
      GroupRun.Parts parts =
          new GroupRun.Parts(policy, null, data.prompts(policy), null, rewards, null);
      return GroupRun.of(parts, config, hooks).run();
    }
  }

  private TrainResult online(
      LabData data, LanguageModel policy, double strength, long seed, RunHooks hooks) {
    OnlineDpoConfig config =
        OnlineDpoConfig.of(
            yaml(
                data,
                seed,
                "learning_rate: 1e-4",
                "per_device_train_batch_size: 8",
                "max_completion_length: " + LONGEST,
                "beta: " + 0.1 * strength));
    try (LanguageModel reward = LanguageModel.loadReward(data.rewardFolder());
        Rewards rewards = new Rewards(List.of(learned(reward, policy)))) {
      OnlineDpoRun.Parts parts =
          new OnlineDpoRun.Parts(policy, null, data.prompts(policy), null, rewards, null);
      return OnlineDpoRun.of(parts, config, hooks).run();
    }
  }
}
