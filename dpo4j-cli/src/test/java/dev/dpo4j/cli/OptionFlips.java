/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * For each key of training another value than its default or that of the base run of {@link
 * NoSilentOptionTest}.
 */
final class OptionFlips {
  private OptionFlips() {}

  /** The values by their keys. */
  static Map<String, String> all() {
    Map<String, String> flips = new TreeMap<>();
    Stream.of(
            dataFlips(),
            commonFlips(),
            trainingFlips(),
            adapterFlips(),
            ownFlips(),
            rewardFlips(),
            rolloutFlips(),
            ppoFlips(),
            groupFlips())
        .flatMap(Arrays::stream)
        .forEach(flip -> flips.put(flip[0], flip[1]));
    return flips;
  }

  /** Of keys that say which rows are read. */
  private static String[][] dataFlips() {
    return new String[][] {
      {"dataset_train_split", "train[0:4]"},
      {"dataset_test_split", "validation"},
      {"max_length", "9"},
      {"truncation_mode", "keep_end"},
      {"max_prompt_length", "1"},
      {"max_completion_length", "2"},
      {"dataset_format", "hh"},
      {"drop_media_rows", "true"},
      {"dataset", "one,two"},
      {"dataset_dir", "DIR2"},
      {"mix_strategy", "interleave_under"},
      {"interleave_probs", "0.5,0.5"},
      {"max_samples", "3"},
      {"dataset_mixture", "{\"datasets\": [{\"id\": \"other.jsonl\"}]}"},
      {"columns", "prompt=chosen"},
      {"test_split_size", "2"},
      {"chat_template", "{% for m in messages %}{{ m.content }}{% endfor %}"},
      {"chat_template_path", "TEMPLATE"},
      {"eos_token", "<|im_start|>"},
      {"bos_token", "<|im_start|>"},
      {"resize_vocab", "true"},
      {"new_special_tokens", "<|turn|>"},
      {"add_tokens", "lantern-light"},
    };
  }

  /** Of keys that say what is kept; all three methods have them. */
  private static String[][] commonFlips() {
    return new String[][] {
      {"optim", "adamw_8bit"},
      {"optim_args", "momentum=0.9"},
      {"save_strategy", "steps"},
      {"save_steps", "1"},
      {"save_total_limit", "1"},
      {"save_only_model", "true"},
      {"load_best_model_at_end", "true"},
      {"metric_for_best_model", "entropy"},
      {"greater_is_better", "true"},
      {"report_to", "tensorboard"},
    };
  }

  /** Of keys that say how is trained; all three methods have them. */
  private static String[][] trainingFlips() {
    return new String[][] {
      {"learning_rate", "3e-3"},
      {"weight_decay", "0.5"},
      {"adam_beta1", "0.5"},
      {"adam_beta2", "0.5"},
      {"adam_epsilon", "1e-3"},
      {"max_grad_norm", "0.01"},
      {"lr_scheduler_type", "constant"},
      {"lr_scheduler_kwargs", "{\"num_cycles\": 1}"},
      {"warmup_steps", "2"},
      {"warmup_ratio", "0.5"},
      {"per_device_train_batch_size", "3"},
      {"gradient_accumulation_steps", "2"},
      {"num_train_epochs", "2"},
      {"max_steps", "1"},
      {"train_sampling_strategy", "sequential"},
      {"dataloader_drop_last", "true"},
      {"seed", "7"},
      {"data_seed", "7"},
      {"bf16", "true"},
      {"eval_dataset", "DATA"},
      {"eval_strategy", "epoch"},
      {"eval_steps", "1"},
      {"eval_on_start", "true"},
      {"eval_delay", "2"},
      {"early_stopping_patience", "1"},
      {"early_stopping_threshold", "100"},
      {"bema", "true"},
      {"bema_update_freq", "2"},
      {"bema_ema_power", "0.9"},
      {"bema_bias_power", "0.9"},
      {"bema_lag", "3"},
      {"bema_update_after", "1"},
      {"bema_multiplier", "2"},
      {"bema_min_ema_multiplier", "0.9"},
      {"log_completions", "true"},
      {"log_completions_prompts", "1"},
      {"log_completions_max_new_tokens", "1"},
      {"log_completions_file", "TWO_FORMS"},
      {"per_device_eval_batch_size", "2"},
      {"logging_strategy", "epoch"},
      {"logging_steps", "1"},
      {"logging_first_step", "true"},
      {"gradient_dtype", "bfloat16"},
    };
  }

  /** Of keys of the adapter. */
  private static String[][] adapterFlips() {
    return new String[][] {
      {"use_peft", "true"},
      {"lora_r", "4"},
      {"lora_alpha", "8"},
      {"lora_dropout", "0.3"},
      {"lora_target_modules", "all-linear"},
      {"use_rslora", "true"},
      {"rank_pattern", "q_proj=2"},
      {"alpha_pattern", "v_proj=5"},
      {"exclude_modules", "v_proj"},
      {"layers_to_transform", "0"},
      {"layers_pattern", "blocks"},
      {"bias", "all"},
      {"create_new_adapter", "true"},
      {"loraplus_lr_ratio", "16"},
      {"use_dora", "true"},
      {"load_in_4bit", "true"},
      {"load_in_8bit", "true"},
      {"bnb_4bit_quant_type", "fp4"},
      {"use_bnb_nested_quant", "true"},
      {"lora_modules_to_save", "lm_head"},
      {"dtype", "bfloat16"},
      {"disable_dropout", "OTHER"},
    };
  }

  /** Of keys that say what judges answers. */
  private static String[][] rewardFlips() {
    return new String[][] {
      {"reward_funcs", "think_format_reward"},
      {"reward_class_path", "some.jar"},
      {"reward_base_url", "http://localhost:1/v1"},
      {"reward_judge_model", "judge"},
      {"reward_rubric", "rubric.txt"},
      {"reward_api_key_env", "OTHER_KEY"},
      {"reward_concurrency", "2"},
      {"reward_patience", "1"},
      {"reward_weights", "[2]"},
    };
  }

  /** Of keys that say how answers are sampled. */
  private static String[][] rolloutFlips() {
    return new String[][] {
      {"temperature", "1.3"},
      {"top_k", "5"},
      {"top_p", "0.5"},
      {"min_p", "0.3"},
      {"repetition_penalty", "2"},
    };
  }

  /** Of keys of ppo. */
  private static String[][] ppoFlips() {
    return new String[][] {
      {"value_model_path", "CRITIC"},
      {"total_episodes", "3"},
      {"response_length", "3"},
      {"num_ppo_epochs", "2"},
      {"num_mini_batches", "2"},
      {"kl_coef", "0.5"},
      {"kl_estimator", "k3"},
      {"kl_target", "1"},
      {"kl_horizon", "5"},
      {"cliprange", "0.001"},
      {"vf_coef", "1"},
      {"cliprange_value", "0.0001"},
      {"gamma", "0.5"},
      {"lam", "0.5"},
      {"whiten_rewards", "true"},
      {"whiten_advantages", "false"},
      {"missing_eos_penalty", "1"},
    };
  }

  /** Of keys of grpo, rloo and online_dpo. */
  private static String[][] groupFlips() {
    return new String[][] {
      {"num_generations", "4"},
      {"num_generations_eval", "3"},
      {"generation_batch_size", "4"},
      {"steps_per_generation", "2"},
      {"num_iterations", "2"},
      {"epsilon", "1e-5"},
      {"epsilon_high", "1e-5"},
      {"mask_truncated_completions", "true"},
      {"scale_rewards", "none"},
      {"multi_objective_aggregation", "normalize_then_sum"},
      {"importance_sampling_level", "sequence"},
      {"delta", "0.5"},
      {"use_bias_correction_kl", "false"},
      {"normalize_advantages", "true"},
      {"reward_clip_range", "[-0.001, 0.001]"},
      {"rollout_steps", "2"},
    };
  }

  /** Of keys of one or two methods. */
  private static String[][] ownFlips() {
    return new String[][] {
      {"ref_model_name_or_path", "OTHER"},
      {"drop_identical_pairs", "true"},
      {"drop_differing_histories", "true"},
      {"ranked_pairs", "all"},
      {"min_score_margin", "3"},
      {"sft_first", "true"},
      {"sft_learning_rate", "1e-3"},
      {"sft_num_train_epochs", "2"},
      {"sync_ref_model", "true"},
      {"ref_model_mixup_alpha", "0.2"},
      {"ref_model_sync_steps", "1"},
      {"loss_type", "OTHER"},
      {"loss_weights", "[2]"},
      {"beta", "0.5"},
      {"label_smoothing", "0.1"},
      {"f_divergence_type", "js_divergence"},
      {"f_alpha_divergence_coef", "0.7"},
      {"discopop_tau", "0.1"},
      {"ld_alpha", "0.5"},
      {"use_weighting", "true"},
      {"simpo_gamma", "0.1"},
      {"cpo_alpha", "0.1"},
      {"dpop_lambda", "5"},
      {"rpo_alpha", "0.5"},
      {"rpo_normalization", "sum"},
      {"displacement_limit", "1e-9"},
      {"completion_only_loss", "false"},
      {"assistant_only_loss", "true"},
      {"packing", "true"},
      {"packing_strategy", "wrapped"},
      {"eval_packing", "true"},
      {"dataset_kwargs", "{\"skip_prepare_dataset\": true}"},
      {"center_rewards_coefficient", "0.5"},
      {"desirable_weight", "0.5"},
      {"undesirable_weight", "0.5"},
    };
  }

  /** A pair, and one whose conversations part before their last turn. */
  static String histories() {
    String turn = "{\"role\": \"%s\", \"content\": \"%s\"}";
    String asked = turn.formatted("user", "a lantern");
    String good = turn.formatted("assistant", "in the window");
    String bad = turn.formatted("assistant", "no idea");
    String again = turn.formatted("user", "really");
    String row = "{\"chosen\": [%s], \"rejected\": [%s]}%n";
    String plain = row.formatted(asked + "," + good, asked + "," + bad);
    String parting =
        row.formatted(
            String.join(",", asked, good, again, good), String.join(",", asked, bad, again, bad));
    return plain + plain + parting;
  }

  /** Settings in which keys that let a vocabulary grow act. */
  static Map<String, Map<String, String>> growingSettings() {
    Map<String, String> growing = Map.of("resize_vocab", "true", "eos_token", "<|over|>");
    return Map.of(
        "resize_vocab",
        Map.of("eos_token", "<|over|>"),
        "new_special_tokens",
        growing,
        "add_tokens",
        growing);
  }
}
