/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.command;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.api.KtoConfig;
import dev.dpo4j.api.RewardConfig;
import dev.dpo4j.api.SftConfig;
import dev.dpo4j.config.Key;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A commented configuration file to start from. */
final class StartingFile {
  private static final String MODEL = "HuggingFaceTB/SmolLM2-135M-Instruct";
  private static final int WIDTH = 96;

  private StartingFile() {}

  /** Returns the file for dpo, sft, kto, reward or lora. */
  static String of(String kind) {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("model_name_or_path", MODEL);
    values.put(
        "dataset_name", kind.equals("sft") ? "data/conversations.jsonl" : "data/pairs.jsonl");
    values.put("output_dir", "runs/first");
    List<Key> keys;
    switch (kind) {
      case "dpo", "lora" -> {
        keys = DpoConfig.binder().keys();
        values.put("beta", "0.1");
        values.put("learning_rate", kind.equals("lora") ? "5.0e-6" : "5.0e-7");
      }
      case "kto" -> {
        keys = KtoConfig.binder().keys();
        values.put("beta", "0.1");
        values.put("learning_rate", "5.0e-7");
      }
      case "reward" -> {
        keys = RewardConfig.binder().keys();
        values.put("center_rewards_coefficient", "0.01");
        values.put("learning_rate", "1.0e-5");
      }
      case "sft" -> {
        keys = SftConfig.binder().keys();
        values.put("learning_rate", "2.0e-5");
      }
      default ->
          throw new ConfigException(
              new Fault("new", "--new", "must be dpo, sft, kto, reward or lora but was " + kind));
    }
    if (kind.equals("lora")) {
      values.put("use_peft", "true");
      values.put("lora_r", "16");
      values.put("lora_alpha", "32");
      values.put("lora_target_modules", "all-linear");
    }
    values.put("per_device_train_batch_size", "2");
    values.put("gradient_accumulation_steps", "8");
    values.put("num_train_epochs", "1");
    values.put("max_length", "1024");
    values.put("lr_scheduler_type", "cosine");
    values.put("warmup_ratio", "0.1");
    values.put("logging_steps", "10");
    values.put("save_steps", "100");
    values.put("save_total_limit", "2");
    values.put("seed", "42");
    String command = kind.equals("lora") ? "dpo" : kind;
    return text(command, values, keys);
  }

  private static String text(String command, Map<String, String> values, List<Key> keys) {
    StringBuilder text = new StringBuilder();
    text.append("# dpo4j ").append(command).append(" --config THIS_FILE\n");
    text.append("# dpo4j ").append(command).append(" --help lists all keys; --dry_run true checks");
    text.append(" this file and the data.\n");
    values.forEach(
        (name, value) -> {
          Key key = keys.stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
          text.append('\n');
          wrap(key.help()).forEach(line -> text.append("# ").append(line).append('\n'));
          text.append(name).append(": ").append(value).append('\n');
        });
    text.append(
        """

        # To evaluate on rows that are held out, remove the signs before these lines.
        # test_split_size: 0.05
        # eval_strategy: steps
        # eval_steps: 50
        """);
    return text.toString();
  }

  private static List<String> wrap(String help) {
    StringBuilder wrapped = new StringBuilder();
    int column = 0;
    for (String word : help.split(" ", -1)) {
      if (column > 0 && column + 1 + word.length() > WIDTH) {
        wrapped.append('\n');
        column = 0;
      } else if (column > 0) {
        wrapped.append(' ');
        column++;
      }
      wrapped.append(word);
      column += word.length();
    }
    return wrapped.toString().lines().toList();
  }
}
