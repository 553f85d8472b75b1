/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.recipe;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Lets a flag win over keys of the file that mean the same under other names. */
final class SetAside {
  private static final Set<String> DATA =
      Set.of(
          "dataset_name",
          "dataset",
          "datasets",
          "dataset_mixture",
          "dataset_mixer",
          "dataset_splits",
          "dataset_configs",
          "dataset_config",
          "dataset_dir",
          "mix_strategy",
          "interleave_probs",
          "columns",
          "eval_dataset",
          "test_datasets");

  /** For each flag the keys of a file that go with what it replaces. */
  private static final Map<String, Set<String>> REPLACED = replaced();

  private SetAside() {}

  private static Map<String, Set<String>> replaced() {
    Map<String, Set<String>> replaced = new LinkedHashMap<>();
    for (String flag : List.of("dataset_name", "dataset", "dataset_mixture", "datasets")) {
      replaced.put(flag, DATA);
    }
    replaced.put("model_name_or_path", Set.of("model_revision", "base_model", "revision_of_model"));
    replaced.put("max_length", Set.of("max_seq_length", "cutoff_len", "sequence_len"));
    replaced.put("max_steps", Set.of());
    replaced.put("beta", Set.of("pref_beta", "rl_beta", "dpo_beta", "orpo_alpha"));
    replaced.put("loss_type", Set.of("pref_loss", "dpo_loss_type"));
    replaced.put("simpo_gamma", Set.of("gamma_beta_ratio"));
    replaced.put("use_peft", Set.of("finetuning_type", "adapter"));
    replaced.put("lora_target_modules", Set.of("lora_target", "lora_target_linear"));
    replaced.put("eval_strategy", Set.of("do_eval", "evals_per_epoch"));
    replaced.put("eval_steps", Set.of("evals_per_epoch"));
    replaced.put("save_strategy", Set.of("saves_per_epoch"));
    replaced.put("save_steps", Set.of("saves_per_epoch"));
    replaced.put("warmup_steps", Set.of("warmup_ratio"));
    replaced.put("warmup_ratio", Set.of("warmup_steps"));
    replaced.put("test_split_size", Set.of("val_size", "val_set_size"));
    replaced.put("eval_dataset", Set.of("test_split_size", "test_datasets"));
    return replaced;
  }

  static void apply(Draft draft) {
    for (RecipeEntry entry : draft.inFile()) {
      for (Map.Entry<String, Set<String>> pair : REPLACED.entrySet()) {
        String flag = pair.getKey();
        boolean spelled = !entry.written().equals(entry.key()) && entry.key().equals(flag);
        boolean replaced = pair.getValue().contains(entry.key()) && !entry.key().equals(flag);
        if (draft.hasFlag(flag) && (spelled || replaced)) {
          draft.setAside(entry, flag);
          break;
        }
      }
      boolean sameKey =
          !entry.written().equals(entry.key())
              && draft.hasFlag(entry.key())
              && draft.inFile().contains(entry);
      if (sameKey) {
        draft.setAside(entry, entry.key());
      }
    }
  }
}
