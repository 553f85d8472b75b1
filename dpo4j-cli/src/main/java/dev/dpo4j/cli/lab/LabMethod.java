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
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.weights.BaseForm;
import dev.dpo4j.tokenizer.TextChanges;
import dev.dpo4j.train.dpo.DpoRun;
import dev.dpo4j.train.dpo.OnlineDpoRun;
import dev.dpo4j.train.grpo.GroupRun;
import dev.dpo4j.train.kto.KtoRun;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.ppo.PpoRun;
import dev.dpo4j.train.rollout.Rewards;
import dev.dpo4j.train.rollout.RolloutParts;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;
import dev.dpo4j.train.sft.SftRun;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** The methods that the lab compares, with the settings that each is trained with. */
enum LabMethod {
  PPO("PPO", 4, 1, "kl_coef", "#1b6ca8"),
  PPO_TRUE("PPO, true reward", 3, 1, "kl_coef", "#0d3b66"),
  DPO("DPO", 2, 4 / 3.0, "beta", "#d1495b"),
  IPO("IPO", 2, 4 / 3.0, "beta", "#8d2f3d"),
  KTO("KTO", 2, 2, "beta", "#edae49"),
  ONLINE_DPO("online DPO", 3, 1, "beta", "#2e8b57"),
  GRPO("GRPO", 3, 1, "beta", "#66a182"),
  SFT("SFT on chosen", 1, 1, "", "#777777");

  /** Most tokens of an answer. */
  static final int LONGEST = 24;

  /** Answers that a step trains on. */
  static final int ANSWERS = 32;

  private final String title;
  private final int models;
  private final double costs;
  private final String tie;
  private final String colour;

  /**
   * Names a method.
   *
   * @param models models in memory while it trains
   * @param costs what {@code total_flos} is multiplied by: the passes of the reference, and those
   *     of KTO's mismatched answers, do not count there
   * @param tie the key that ties it to the reference, or empty
   * @param colour of its line; the colours differ in brightness, too
   */
  LabMethod(String title, int models, double costs, String tie, String colour) {
    this.title = title;
    this.models = models;
    this.costs = costs;
    this.tie = tie;
    this.colour = colour;
  }

  /** How tables and plots call it. */
  String title() {
    return title;
  }

  String colour() {
    return colour;
  }

  int models() {
    return models;
  }

  double costs() {
    return costs;
  }

  /** Whether the strength of the tie to the reference changes anything. */
  boolean hasStrength() {
    return !tie.isEmpty();
  }

  /** Whether a key ties it to the reference. */
  boolean isTie(String key) {
    return tie.equals(key);
  }

  /** The numbers that a user would tune, with the values that the lab trains with. */
  Map<String, Number> tuned() {
    Map<String, Number> numbers = new LinkedHashMap<>();
    numbers.put("learning_rate", 1e-4);
    switch (this) {
      case PPO, PPO_TRUE -> {
        numbers.put("per_device_train_batch_size", ANSWERS);
        numbers.put("kl_coef", 0.05);
        numbers.put("num_ppo_epochs", 2);
        numbers.put("num_mini_batches", 4);
        numbers.put("cliprange", 0.2);
        numbers.put("cliprange_value", 0.2);
        numbers.put("vf_coef", 0.1);
        numbers.put("lam", 0.95);
      }
      case DPO, IPO -> {
        numbers.put("per_device_train_batch_size", ANSWERS / 2);
        numbers.put("beta", 0.1);
      }
      case ONLINE_DPO -> {
        numbers.put("per_device_train_batch_size", ANSWERS / 2);
        numbers.put("beta", 0.1);
        numbers.put("num_generations", 2);
      }
      case KTO -> {
        numbers.put("per_device_train_batch_size", ANSWERS);
        numbers.put("beta", 0.1);
        numbers.put("desirable_weight", 1.0);
        numbers.put("undesirable_weight", 1.0);
      }
      case GRPO -> {
        numbers.put("per_device_train_batch_size", ANSWERS);
        numbers.put("beta", 0.04);
        numbers.put("num_generations", 4);
        numbers.put("epsilon", 0.2);
      }
      case SFT -> numbers.put("per_device_train_batch_size", ANSWERS);
    }
    return numbers;
  }

  /** Trains a model until the hooks say stop. */
  TrainResult train(LabData data, LanguageModel policy, LabTrial trial, Session session) {
    return switch (this) {
      case PPO, PPO_TRUE -> ppo(data, policy, trial, session);
      case DPO -> dpo(data, policy, trial, session, "sigmoid");
      case IPO -> dpo(data, policy, trial, session, "ipo");
      case KTO -> kto(data, policy, trial, session);
      case ONLINE_DPO -> online(data, policy, trial, session);
      case GRPO -> grpo(data, policy, trial, session);
      case SFT -> sft(data, policy, trial, session);
    };
  }

  /**
   * What surrounds a run.
   *
   * @param hooks what the lab brings to it
   * @param run does it, after looking at its plan
   */
  record Session(RunHooks hooks, Function<TrainingRun, TrainResult> run) {}

  private String yaml(LabData data, LabTrial trial, String... more) {
    Map<String, Object> keys = new LinkedHashMap<>();
    keys.put("output_dir", data.runFolder().resolve(name().toLowerCase(Locale.ROOT)));
    keys.put("overwrite_output_dir", true);
    keys.put("save_strategy", "\"no\"");
    keys.put("logging_steps", 1_000_000);
    keys.put("max_steps", 1_000_000);
    keys.put("lr_scheduler_type", "constant");
    keys.put("seed", trial.seed());
    keys.putAll(tuned());
    keys.computeIfPresent(tie, (key, value) -> ((Number) value).doubleValue() * trial.strength());
    keys.putAll(trial.settings());
    StringBuilder yaml = new StringBuilder();
    keys.forEach((key, value) -> yaml.append(key).append(": ").append(value).append('\n'));
    return yaml + String.join("\n", more) + "\n";
  }

  private TrainResult ppo(LabData data, LanguageModel policy, LabTrial trial, Session session) {
    PpoConfig config =
        PpoConfig.of(yaml(data, trial, "temperature: 1.0", "response_length: " + LONGEST));
    try (LanguageModel reward = LanguageModel.loadReward(data.rewardFolder());
        LanguageModel critic =
            LanguageModel.loadForRewards(
                data.rewardFolder(), BaseForm.FLOAT32, trial.seed(), TextChanges.NONE);
        Rewards rewards =
            new Rewards(
                List.of(this == PPO_TRUE ? LabReward.source() : data.learned(reward, policy)))) {
      return session
          .run()
          .apply(PpoRun.of(parts(data, policy, rewards), critic, config, session.hooks()));
    }
  }

  private static RolloutParts parts(LabData data, LanguageModel policy, Rewards rewards) {
    return new RolloutParts(policy, null, data.prompts(policy), null, rewards, null);
  }

  private TrainResult dpo(
      LabData data, LanguageModel policy, LabTrial trial, Session session, String loss) {
    DpoConfig config =
        DpoConfig.of(
            yaml(
                data,
                trial,
                "loss_type: " + loss,
                "precompute_ref_log_probs: false",
                "displacement_limit: null"));
    DpoRun.Parts parts =
        new DpoRun.Parts(
            policy,
            null,
            PreferenceRows.read(data.pairs(), "train")
                .tokenize(policy.chat(), config.data().tokenizeOptions()),
            null);
    return session.run().apply(DpoRun.of(parts, config, session.hooks()));
  }

  private TrainResult kto(LabData data, LanguageModel policy, LabTrial trial, Session session) {
    // In the order of the data, as TRL has it, all seeds would be one and the same run.
    KtoConfig config =
        KtoConfig.of(
            yaml(
                data, trial, "precompute_ref_log_probs: false", "train_sampling_strategy: random"));
    KtoRun.Parts parts =
        new KtoRun.Parts(
            policy,
            null,
            TrainingRows.read(data.pairs(), "train")
                .tokenizeLabelled(policy.chat(), config.dataset().limits()),
            null);
    return session.run().apply(KtoRun.of(parts, config, session.hooks()));
  }

  private TrainResult sft(LabData data, LanguageModel policy, LabTrial trial, Session session) {
    SftConfig config = SftConfig.of(yaml(data, trial));
    SftRun.Parts parts =
        new SftRun.Parts(
            policy,
            TrainingRows.read(data.pairs(), "train")
                .tokenizeSupervised(policy.chat(), config.data().supervisedOptions()),
            null);
    return session.run().apply(SftRun.of(parts, config, session.hooks()));
  }

  private TrainResult grpo(LabData data, LanguageModel policy, LabTrial trial, Session session) {
    GrpoConfig config = GrpoConfig.of(yaml(data, trial, "max_completion_length: " + LONGEST));
    try (LanguageModel reward = LanguageModel.loadReward(data.rewardFolder());
        Rewards rewards = new Rewards(List.of(data.learned(reward, policy)))) {
      return session
          .run()
          .apply(GroupRun.of(parts(data, policy, rewards), config, session.hooks()));
    }
  }

  private TrainResult online(LabData data, LanguageModel policy, LabTrial trial, Session session) {
    OnlineDpoConfig config =
        OnlineDpoConfig.of(yaml(data, trial, "max_completion_length: " + LONGEST));
    try (LanguageModel reward = LanguageModel.loadReward(data.rewardFolder());
        Rewards rewards = new Rewards(List.of(data.learned(reward, policy)))) {
      return session
          .run()
          .apply(OnlineDpoRun.of(parts(data, policy, rewards), config, session.hooks()));
    }
  }

  /**
   * The share of a step's tokens whose probability the loss pulled, by its metrics.
   *
   * @param paired share of the tokens of the pairs that are not the same in both answers
   */
  double signal(Map<String, Double> metrics, double paired) {
    return switch (this) {
      case PPO, PPO_TRUE -> 1 - metrics.getOrDefault("policy/clipfrac_avg", 0.0);
      case GRPO ->
          (1 - metrics.getOrDefault("frac_reward_zero_std", 0.0))
              * (1 - metrics.getOrDefault("clip_ratio/region_mean", 0.0));
      case ONLINE_DPO -> (1 - metrics.getOrDefault("pairs/skipped", 0.0)) * paired;
      case DPO, IPO -> paired;
      case KTO, SFT -> 1;
    };
  }
}
