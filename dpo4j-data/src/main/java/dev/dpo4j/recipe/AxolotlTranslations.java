/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.recipe;

import dev.dpo4j.config.value.Value;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Translations of files of axolotl, and the defaults that it has and we have not. */
final class AxolotlTranslations extends CommonTranslations {
  private static final int SEQUENCE = 512;
  private static final double WARMUP = 0.03;

  private final AxolotlData data;

  AxolotlTranslations(Draft draft) {
    super(draft);
    data = new AxolotlData(draft);
    on("tokens", entry -> newTokens(draft, entry, "add_tokens"));
    on("rl", this::rl);
    on("datasets", data::datasets);
    on("test_datasets", data::testDatasets);
    on("shuffle_merged_datasets", data::shuffle);
    on("val_set_size", this::heldOut);
    on("batch_size", this::batchSize);
    on("optimizer", this::optim);
    on("lr_scheduler", this::scheduler);
    on("cosine_min_lr_ratio", entry -> {});
    on("adapter", this::adapter);
    on("lora_target_linear", this::linear);
    on("lora_dropout", entry -> LlamaFactoryTranslations.dropout(draft));
    on("lora_model_dir", this::adapterFolder);
    on("orpo_alpha", this::orpoAlpha);
    on("dpo_label_smoothing", this::smoothing);
    on("dpo_loss_type", this::lossType);
    on("rpo_alpha", entry -> {});
    on("trl", this::trl);
    on("evals_per_epoch", entry -> {});
    on("saves_per_epoch", entry -> {});
    on("special_tokens", data::specialTokens);
    on("chat_template", data::chatTemplate);
    on("chat_template_jinja", data::chatTemplateText);
    on("train_on_inputs", this::trainOnInputs);
    on("hub_model_id", this::hubModelId);
    on("bfloat16", this::bf16);
    on("float16", this::fp16);
    on("sample_packing", this::packing);
    on("excess_length_strategy", this::excess);
    on("auto_resume_from_checkpoints", this::autoResume);
    for (String tracker :
        List.of("tensorboard", "wandb", "mlflow", "comet", "swanlab", "trackio")) {
      on("use_" + tracker, entry -> tracker(entry, tracker));
    }
  }

  private void rl(RecipeEntry entry) {
    String rl = String.valueOf(RecipeValues.string(entry.value())).toLowerCase(Locale.ROOT);
    RecipeMethod method = draft().method();
    if (RecipeValues.isNull(entry.value())) {
      draft().remove(entry);
      return;
    }
    switch (rl) {
      case "dpo", "ipo", "orpo", "simpo" -> {
        if (!method.isPairwise()) {
          draft().refuse(entry, "is " + rl + ": run dpo4j dpo with this file");
        } else if (rl.equals("dpo") || draft().has("loss_type") || draft().has("dpo_loss_type")) {
          draft().remove(entry);
        } else if (rl.equals("simpo")) {
          simpo(entry);
        } else {
          draft().become(entry, "loss_type", RecipeValues.text(rl));
        }
      }
      case "kto" -> {
        draft().remove(entry);
        if (method != RecipeMethod.KTO) {
          draft().fault(entry, "is kto: run dpo4j kto with this file");
        }
      }
      default ->
          draft()
              .refuse(
                  entry,
                  "is " + rl + ", which is not built: built are dpo, ipo, kto, orpo and simpo");
    }
  }

  /** It is TRL's CPO trainer there, whose cpo_alpha is 1 where nobody sets it. */
  private void simpo(RecipeEntry entry) {
    @Nullable RecipeEntry alpha = draft().find("cpo_alpha");
    Double weight = alpha == null ? Double.valueOf(1) : RecipeValues.decimal(alpha.value());
    if (alpha != null) {
      draft().remove(alpha);
    }
    draft().become(entry, "loss_type", RecipeValues.text("simpo"));
    if (weight != null && weight > 0) {
      addLoss(alpha == null ? entry : alpha, "sft", weight);
    }
  }

  private void lossType(RecipeEntry entry) {
    List<String> names = RecipeValues.strings(entry.value());
    if (names.isEmpty() || !draft().names().isKnown("loss_weights")) {
      draft().remove(entry);
    } else {
      draft()
          .become(
              entry,
              "loss_type",
              RecipeValues.list(names.stream().map(RecipeValues::text).toList()));
    }
  }

  private void smoothing(RecipeEntry entry) {
    Double epsilon = RecipeValues.decimal(entry.value());
    if (epsilon == null || epsilon == 0 || !draft().names().isKnown("label_smoothing")) {
      draft().remove(entry);
    } else {
      draft().put(entry, "label_smoothing", entry.value());
    }
  }

  private void orpoAlpha(RecipeEntry entry) {
    if (draft().has("beta") || RecipeValues.isNull(entry.value())) {
      draft().remove(entry);
    } else {
      draft().become(entry, "beta", entry.value());
    }
  }

  private void trl(RecipeEntry entry) {
    Map<String, Value> inner = RecipeValues.entries(entry.value());
    @Nullable Value beta = inner.get("beta");
    List<String> others = inner.keySet().stream().filter(key -> !key.equals("beta")).toList();
    if (beta != null && !RecipeValues.isNull(beta)) {
      draft().become(entry, "beta", beta, "trl.beta");
    } else {
      draft().remove(entry);
    }
    if (!others.isEmpty()) {
      draft()
          .noEffect(
              entry, "of trl only beta concerns this method, not " + String.join(", ", others));
    }
  }

  private void heldOut(RecipeEntry entry) {
    Double size = RecipeValues.decimal(entry.value());
    if (size == null || size == 0) {
      draft().remove(entry);
    } else {
      draft().become(entry, "test_split_size", entry.value());
    }
  }

  private void batchSize(RecipeEntry entry) {
    Double rows = RecipeValues.decimal(entry.value());
    Double micro = RecipeValues.decimal(draft().value("per_device_train_batch_size"));
    if (rows == null || draft().has("gradient_accumulation_steps")) {
      draft().remove(entry);
    } else {
      double steps = Math.max(1, Math.floor(rows / (micro == null ? 1 : micro)));
      draft().become(entry, "gradient_accumulation_steps", RecipeValues.number(steps));
    }
  }

  private void scheduler(RecipeEntry entry) {
    @Nullable RecipeEntry ratio = draft().find("cosine_min_lr_ratio");
    String name = String.valueOf(RecipeValues.string(entry.value()));
    if (ratio != null && !RecipeValues.isNull(ratio.value()) && name.equals("cosine")) {
      draft().remove(ratio);
      draft().become(entry, "lr_scheduler_type", RecipeValues.text("cosine_with_min_lr"));
      draft()
          .force(
              ratio, "lr_scheduler_kwargs", RecipeValues.map(Map.of("min_lr_rate", ratio.value())));
      draft().translated(ratio, "became lr_scheduler_kwargs: min_lr_rate");
    } else if (name.equals("one_cycle") || name.equals("rex")) {
      draft().refuse(entry, "is " + name + ", which is not built: take cosine, linear or constant");
    } else {
      draft().become(entry, "lr_scheduler_type", entry.value());
    }
  }

  private void adapter(RecipeEntry entry) {
    String kind = RecipeValues.string(entry.value());
    if (kind == null) {
      draft().remove(entry);
    } else if (kind.equals("lora") || kind.equals("qlora")) {
      draft().become(entry, "use_peft", RecipeValues.bool(true));
    } else {
      draft().refuse(entry, "is " + kind + ", which is not built: take lora, or remove it");
    }
  }

  private void linear(RecipeEntry entry) {
    if (!RecipeValues.isTrue(entry.value())) {
      draft().remove(entry);
    } else if (!RecipeValues.items(draft().value("lora_target_modules")).isEmpty()) {
      @Nullable RecipeEntry named = draft().find("lora_target_modules");
      draft().remove(entry);
      if (named != null) {
        draft().force(named, "lora_target_modules", RecipeValues.text("all-linear"));
        draft().translated(entry, "makes all-linear of lora_target_modules");
      }
    } else {
      @Nullable RecipeEntry empty = draft().find("lora_target_modules");
      if (empty != null) {
        draft().remove(empty);
      }
      draft().become(entry, "lora_target_modules", RecipeValues.text("all-linear"));
    }
  }

  private void adapterFolder(RecipeEntry entry) {
    if (RecipeValues.isNull(entry.value())) {
      draft().remove(entry);
    } else if (draft().hasFlag("model_name_or_path")) {
      draft().setAside(entry, "model_name_or_path");
    } else {
      draft().remove(entry);
      draft().force(entry, "model_name_or_path", entry.value());
      draft().translated(entry, "became model_name_or_path: the adapter is trained on");
    }
  }

  private void trainOnInputs(RecipeEntry entry) {
    if (!RecipeValues.isTrue(entry.value()) || draft().method() != RecipeMethod.SFT) {
      draft().remove(entry);
    } else {
      draft().become(entry, "completion_only_loss", RecipeValues.bool(false));
    }
  }

  private void hubModelId(RecipeEntry entry) {
    if (RecipeValues.isNull(entry.value()) || !draft().names().isKnown("push_to_hub")) {
      draft().remove(entry);
      return;
    }
    draft().put(entry, "hub_model_id", entry.value());
    if (!draft().has("push_to_hub")) {
      draft().force(entry, "push_to_hub", RecipeValues.bool(true));
      draft().translated(entry, "also sets push_to_hub: true");
    }
  }

  private void packing(RecipeEntry entry) {
    if (!RecipeValues.isTrue(entry.value())) {
      draft().remove(entry);
    } else if (draft().method() == RecipeMethod.SFT) {
      draft().become(entry, "packing", RecipeValues.bool(true));
    } else {
      draft().noEffect(entry, "only sft packs rows");
    }
  }

  private void excess(RecipeEntry entry) {
    String way = RecipeValues.string(entry.value());
    if (way == null) {
      draft().remove(entry);
      return;
    }
    switch (way) {
      case "drop" -> draft().become(entry, "truncation_mode", RecipeValues.text("drop"));
      case "truncate" -> draft().become(entry, "truncation_mode", RecipeValues.text("keep_start"));
      default -> draft().refuse(entry, "is " + way + ", which is not built: take drop or truncate");
    }
  }

  private void autoResume(RecipeEntry entry) {
    if (RecipeValues.isTrue(entry.value()) && !draft().has("resume_from_checkpoint")) {
      draft().become(entry, "resume_from_checkpoint", RecipeValues.text("auto"));
    } else {
      draft().remove(entry);
    }
  }

  private void tracker(RecipeEntry entry, String name) {
    if (RecipeValues.isTrue(entry.value()) && !draft().has("report_to")) {
      reportTo(
          new RecipeEntry(
              entry.written(),
              entry.key(),
              RecipeValues.text(name),
              entry.where(),
              entry.isFlag()));
    }
    draft().remove(entry);
  }

  @Override
  void finish() {
    if (draft().inFile().isEmpty()) {
      return;
    }
    perEpoch("evals_per_epoch", "eval_strategy", "eval_steps");
    perEpoch("saves_per_epoch", "save_strategy", "save_steps");
    data.finish();
    evaluation();
    @Nullable RecipeEntry ratio = draft().find("cosine_min_lr_ratio");
    if (ratio != null) {
      draft().noEffect(ratio, "lr_scheduler is not cosine");
    }
    rpo();
    smooth();
    for (String key : List.of("lora_target_modules", "lora_modules_to_save")) {
      @Nullable RecipeEntry empty = draft().find(key);
      if (empty != null && RecipeValues.items(empty.value()).isEmpty()) {
        draft().remove(empty);
      }
    }
    defaults();
  }

  /** A number of times an epoch is a share of the run. */
  private void perEpoch(String key, String strategy, String steps) {
    @Nullable RecipeEntry entry = draft().find(key);
    if (entry == null) {
      return;
    }
    draft().remove(entry);
    Double times = RecipeValues.decimal(entry.value());
    if (times == null) {
      return;
    } else if (times == 0) {
      draft().force(entry, strategy, RecipeValues.text("no"));
      return;
    } else if (draft().has(steps)) {
      draft().fault(entry, "is set beside " + steps + ": keep one of them");
      return;
    }
    Double epochs = RecipeValues.decimal(draft().value("num_train_epochs"));
    double share = 1 / (times * (epochs == null ? 1 : epochs));
    Map<String, Value> become = new LinkedHashMap<>();
    if (share >= 1) {
      become.put(strategy, RecipeValues.text("epoch"));
    } else {
      become.put(strategy, RecipeValues.text("steps"));
      become.put(steps, RecipeValues.number(share));
    }
    StringBuilder text = new StringBuilder("became ");
    become.forEach(
        (name, value) -> {
          draft().force(entry, name, value);
          text.append(text.length() > "became ".length() ? " and " : "");
          text.append(name).append(": ").append(RecipeValues.show(value));
        });
    draft().translated(entry, text.toString());
  }

  /** It evaluates by epochs where there are rows to evaluate on and nothing else is said. */
  private void evaluation() {
    boolean rows = draft().has("test_split_size") || data.hasTestDatasets();
    if (rows && draft().has("eval_steps") && !draft().has("eval_strategy")) {
      draft().byDefault("eval_strategy", RecipeValues.text("steps"), "eval_steps is set");
    } else if (rows) {
      draft()
          .byDefault("eval_strategy", RecipeValues.text("epoch"), "there are rows to evaluate on");
    } else {
      for (String key : List.of("eval_strategy", "eval_steps")) {
        @Nullable RecipeEntry entry = draft().find(key);
        if (entry != null && !entry.isFlag()) {
          draft().noEffect(entry, "val_set_size is 0, and there are no test_datasets");
        }
      }
    }
  }

  private void defaults() {
    draft().byDefault("max_length", RecipeValues.number(SEQUENCE), "sequence_len");
    if (draft().method() != RecipeMethod.REWARD) {
      draft().byDefault("truncation_mode", RecipeValues.text("drop"), "excess_length_strategy");
    }
    assistantOnly();
    draft().byDefault("per_device_train_batch_size", RecipeValues.number(1), "micro_batch_size");
    @Nullable Value rows = draft().value("per_device_train_batch_size");
    if (rows != null && draft().has("eval_strategy")) {
      draft().byDefault("per_device_eval_batch_size", rows, "micro_batch_size");
    }
    draft().byDefault("num_train_epochs", RecipeValues.number(1), "");
    draft().byDefault("lr_scheduler_type", RecipeValues.text("cosine"), "");
    if (!draft().has("warmup_steps") && !draft().has("warmup_ratio")) {
      @Nullable Value schedule = draft().value("lr_scheduler_type");
      if (schedule == null || !"constant".equals(RecipeValues.string(schedule))) {
        draft().byDefault("warmup_ratio", RecipeValues.number(WARMUP), "");
      }
    }
    if (RecipeValues.isTrue(draft().value("use_peft"))) {
      draft().byDefault("lora_dropout", RecipeValues.number(0), "");
      draft().byDefault("lora_r", RecipeValues.number(8), "PEFT's");
      draft().byDefault("lora_alpha", RecipeValues.number(8), "PEFT's");
      nestedByDefault();
    }
    if (draft().method() == RecipeMethod.KTO) {
      draft()
          .byDefault("train_sampling_strategy", RecipeValues.text("random"), "rows are shuffled");
    }
    draft().byDefault("logging_first_step", RecipeValues.bool(true), "");
  }
}
