/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Settings in which a key has an effect that it lacks, and is refused, in a plain run. */
final class OptionSettings {
  private OptionSettings() {}

  /** The settings by key, or by method and key. */
  static Map<String, Map<String, String>> all() {
    Map<String, Map<String, String>> settings = new TreeMap<>();
    for (String key : List.of("eval_strategy", "eval_steps", "eval_on_start")) {
      settings.put(key, Map.of("eval_dataset", "DATA"));
    }
    settings.put("per_device_eval_batch_size", Map.of("eval_dataset", "DATA", "eval_steps", "1"));
    settings.put("sft_learning_rate", Map.of("sft_first", "true"));
    settings.put("sft_num_train_epochs", Map.of("sft_first", "true"));
    Map<String, String> sync = Map.of("sync_ref_model", "true", "ref_model_sync_steps", "2");
    settings.put("ref_model_mixup_alpha", sync);
    settings.put("ref_model_sync_steps", sync);
    settings.put("sync_ref_model", Map.of("ref_model_sync_steps", "2"));
    settings.put("label_smoothing", Map.of("loss_type", "robust"));
    settings.put("discopop_tau", Map.of("loss_type", "discopop"));
    settings.put("f_alpha_divergence_coef", Map.of("f_divergence_type", "alpha_divergence"));
    settings.put("simpo_gamma", Map.of("loss_type", "simpo"));
    settings.put("cpo_alpha", Map.of("loss_type", "cpo"));
    settings.put("rpo_alpha", Map.of("loss_type", "rpo"));
    settings.put("rpo_normalization", Map.of("loss_type", "rpo"));
    // A loss that lowers chosen answers, so that there is something to warn about.
    settings.put(
        "displacement_limit",
        Map.of("loss_type", "apo_down", "num_train_epochs", "6", "learning_rate", "1e-2"));
    settings.putAll(adapterSettings());
    Map<String, String> saved = Map.of("save_strategy", "steps", "save_steps", "2");
    settings.put("save_steps", saved);
    settings.put("save_total_limit", saved);
    settings.put("save_only_model", saved);
    settings.put("truncation_mode", Map.of("max_length", "24"));
    String opened =
        "{{ bos_token }}{% for m in messages %}{{ m.role }}: {{ m.content }}<|im_end|>{% endfor %}";
    settings.put("bos_token", Map.of("dataset_name", "HISTORIES", "chat_template", opened));
    settings.put("packing_strategy", Map.of("packing", "true"));
    settings.put("eval_packing", Map.of("eval_dataset", "DATA", "eval_steps", "1"));
    settings.put("optim_args", Map.of("optim", "sgd"));
    settings.put("kl_horizon", Map.of("kl_target", "0.01"));
    settings.put("warmup_steps", Map.of("lr_scheduler_type", "cosine"));
    settings.put("lr_scheduler_kwargs", Map.of("lr_scheduler_type", "cosine"));
    settings.putAll(dataSettings());
    settings.putAll(watchedSettings());
    settings.putAll(groupSettings());
    return settings;
  }

  private static Map<String, Map<String, String>> groupSettings() {
    Map<String, Map<String, String>> settings = new TreeMap<>();
    for (String key : List.of("epsilon", "epsilon_high", "importance_sampling_level", "delta")) {
      settings.put(key, Map.of("num_iterations", "2")); // else the policy has not moved
    }
    settings.put("num_generations", Map.of("per_device_train_batch_size", "4"));
    // Only where some answers end before the limit do their lengths differ.
    settings.put("grpo loss_type", Map.of("max_completion_length", "100"));
    settings.put("online_dpo ld_alpha", Map.of("max_completion_length", "100"));
    settings.put("num_generations_eval", Map.of("eval_dataset", "DATA", "eval_steps", "1"));
    return settings;
  }

  private static Map<String, Map<String, String>> adapterSettings() {
    Map<String, Map<String, String>> settings = new TreeMap<>();
    for (String key :
        List.of(
            "lora_r",
            "lora_alpha",
            "lora_target_modules",
            "use_rslora",
            "rank_pattern",
            "alpha_pattern",
            "exclude_modules",
            "layers_to_transform",
            "loraplus_lr_ratio",
            "lora_modules_to_save",
            "dtype")) {
      settings.put(key, Map.of("use_peft", "true"));
    }
    settings.put("load_in_4bit", Map.of("use_peft", "true"));
    settings.put("load_in_8bit", Map.of("use_peft", "true"));
    Map<String, String> four = Map.of("use_peft", "true", "load_in_4bit", "true");
    settings.put("bnb_4bit_quant_type", four);
    settings.put("use_bnb_nested_quant", four);
    settings.put("use_dora", Map.of("use_peft", "true", "lora_dropout", "0"));
    settings.put("disable_dropout", Map.of("use_peft", "true"));
    settings.put("lora_dropout", Map.of("use_peft", "true", "disable_dropout", "false"));
    return settings;
  }

  private static Map<String, Map<String, String>> watchedSettings() {
    Map<String, Map<String, String>> settings = new TreeMap<>();
    Map<String, String> often = Map.of("eval_dataset", "DATA", "eval_steps", "1");
    settings.put("eval_delay", often);
    // A loss that falls is no improvement where a greater one is better.
    Map<String, String> upwards = new TreeMap<>(often);
    upwards.put("metric_for_best_model", "loss");
    upwards.put("greater_is_better", "true");
    settings.put("early_stopping_patience", upwards);
    Map<String, String> watched = new TreeMap<>(often);
    watched.put("early_stopping_patience", "1");
    settings.put("early_stopping_threshold", watched);
    Map<String, String> averaging = Map.of("bema", "true", "bema_update_freq", "1");
    for (String key :
        List.of(
            "bema_ema_power",
            "bema_bias_power",
            "bema_lag",
            "bema_update_after",
            "bema_multiplier",
            "bema_min_ema_multiplier")) {
      settings.put(key, averaging);
    }
    settings.put("bema_update_freq", Map.of("bema", "true"));
    Map<String, String> answering = Map.of("log_completions", "true");
    settings.put("log_completions_prompts", answering);
    settings.put("log_completions_max_new_tokens", answering);
    settings.put("log_completions_file", answering);
    settings.putAll(OptionFlips.growingSettings());
    return settings;
  }

  private static Map<String, Map<String, String>> dataSettings() {
    Map<String, String> one =
        Map.of("dataset_name", "NONE", "dataset", "one", "dataset_dir", "DIR");
    Map<String, String> two = new TreeMap<>(one);
    two.put("dataset", "one,two");
    Map<String, String> mixed = new TreeMap<>(two);
    mixed.put("mix_strategy", "interleave_over");
    return Map.of(
        "dataset", one,
        "dataset_dir", one,
        "mix_strategy", two,
        "interleave_probs", mixed,
        "dataset_format", Map.of("dataset_name", "TWO_FORMS"),
        "drop_media_rows", Map.of("dataset_name", "MEDIA"),
        "drop_differing_histories", Map.of("dataset_name", "HISTORIES"),
        "ranked_pairs", Map.of("dataset_name", "RANKED"),
        "min_score_margin", Map.of("dataset_name", "RANKED"));
  }
}
