/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.recipe;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Translations of files of LLaMA-Factory, and the defaults that it has and we have not. */
final class LlamaFactoryTranslations extends CommonTranslations {
  private static final Set<String> OTHER_STAGES = Set.of("ppo", "pt");
  private static final double LEARNING_RATE = 5e-5;
  private static final int CUTOFF = 2048;
  private static final int RANK = 8;

  private @Nullable RecipeEntry ftx;
  private @Nullable RecipeEntry bco;

  LlamaFactoryTranslations(Draft draft) {
    super(draft);
    on("stage", this::stage);
    on("finetuning_type", this::finetuningType);
    on("lora_target", this::target);
    on("lora_dropout", entry -> dropout(draft));
    on("additional_target", this::additionalTarget);
    on("pref_loss", this::loss);
    on("pref_ftx", this::keepFtx);
    on("pref_bco_weight", this::keepBco);
    on("dpo_label_smoothing", this::smoothing);
    on("val_size", this::heldOut);
    on("template", this::template);
    on("disable_shuffling", this::shuffling);
    on("disable_gradient_checkpointing", this::checkpointing);
    on("adapter_name_or_path", this::adapter);
    on("packing", this::packing);
    on("neat_packing", this::packing);
    on("train_on_prompt", this::trainOnPrompt);
    on("quantization_bit", this::quantised);
    on("new_special_tokens", entry -> newTokens(draft, entry, "new_special_tokens"));
    on("add_special_tokens", entry -> newTokens(draft, entry, "new_special_tokens"));
    on("add_tokens", entry -> newTokens(draft, entry, "add_tokens"));
    on("quantization_method", this::quantizer);
    on("double_quantization", entry -> ofFourBits(entry, "use_bnb_nested_quant"));
    on("quantization_type", entry -> ofFourBits(entry, "bnb_4bit_quant_type"));
  }

  private void quantizer(RecipeEntry entry) {
    String name = RecipeValues.string(entry.value());
    if (name == null || name.equals("bnb") || name.equals("bitsandbytes")) {
      draft().remove(entry);
    } else {
      draft().refuse(entry, "is %s, which is not built: take bnb".formatted(name));
    }
  }

  /** A key that speaks of 4 bits alone. */
  private void ofFourBits(RecipeEntry entry, String key) {
    if (RecipeValues.isTrue(draft().value("load_in_4bit")) && !RecipeValues.isNull(entry.value())) {
      draft().become(entry, key, entry.value());
    } else {
      draft().noEffect(entry, "quantization_bit is not 4");
    }
  }

  private void stage(RecipeEntry entry) {
    String stage = String.valueOf(RecipeValues.string(entry.value())).toLowerCase(Locale.ROOT);
    RecipeMethod method = draft().method();
    draft().remove(entry);
    if (OTHER_STAGES.contains(stage)) {
      draft()
          .fault(
              entry,
              switch (stage) {
                case "ppo" -> "is ppo: it is run by dpo4j ppo, once it is built";
                default ->
                    "is pt: for plain text run dpo4j sft on rows with the column text, without stage";
              });
      return;
    }
    boolean fits =
        switch (stage) {
          case "dpo" -> method.isPairwise();
          case "kto" -> method == RecipeMethod.KTO;
          case "sft" -> method == RecipeMethod.SFT;
          case "rm" -> method == RecipeMethod.REWARD;
          default -> false;
        };
    if (stage.equals("rm") && fits) {
      draft()
          .translated(
              entry,
              "is dpo4j reward: rows longer than max_length are dropped, as in TRL, where"
                  + " LLaMA-Factory cuts them");
    }
    if (!fits) {
      String command = stage.equals("rm") ? RecipeMethod.REWARD.command() : stage;
      draft().fault(entry, "is " + stage + ": run dpo4j " + command + " with this file");
    }
  }

  private void finetuningType(RecipeEntry entry) {
    String type = String.valueOf(RecipeValues.string(entry.value()));
    switch (type) {
      case "lora" -> draft().become(entry, "use_peft", RecipeValues.bool(true));
      case "full" -> draft().become(entry, "use_peft", RecipeValues.bool(false));
      default -> draft().refuse(entry, "is " + type + ", which is not built: take lora or full");
    }
  }

  private void target(RecipeEntry entry) {
    List<String> names = RecipeValues.strings(entry.value());
    if (names.equals(List.of("all"))) {
      draft().become(entry, "lora_target_modules", RecipeValues.text("all-linear"));
    } else {
      draft()
          .become(
              entry,
              "lora_target_modules",
              RecipeValues.list(names.stream().map(RecipeValues::text).toList()));
    }
  }

  /** Dropout of the adapter acts there whenever it is set. */
  static void dropout(Draft draft) {
    @Nullable RecipeEntry entry = draft.find("lora_dropout");
    Double share = entry == null ? null : RecipeValues.decimal(entry.value());
    if (entry != null && share != null && share > 0 && !draft.has("disable_dropout")) {
      draft.force(entry, "disable_dropout", RecipeValues.bool(false));
      draft.translated(entry, "acts: disable_dropout became false");
    }
  }

  private void additionalTarget(RecipeEntry entry) {
    List<String> names = RecipeValues.strings(entry.value());
    if (names.isEmpty()) {
      draft().remove(entry);
    } else {
      draft()
          .become(
              entry,
              "lora_modules_to_save",
              RecipeValues.list(names.stream().map(RecipeValues::text).toList()));
    }
  }

  private void loss(RecipeEntry entry) {
    String loss = String.valueOf(RecipeValues.string(entry.value()));
    if (!draft().names().isKnown("loss_weights")) {
      draft().noEffect(entry, "it belongs to stage dpo");
    } else {
      draft().become(entry, "loss_type", RecipeValues.text(loss));
    }
  }

  private void keepFtx(RecipeEntry entry) {
    ftx = added(entry);
  }

  private void keepBco(RecipeEntry entry) {
    bco = added(entry);
  }

  /** A part of the loss that is put beside the others once these are known. */
  private @Nullable RecipeEntry added(RecipeEntry entry) {
    Double weight = RecipeValues.decimal(entry.value());
    draft().remove(entry);
    boolean pairs = draft().names().isKnown("loss_weights");
    if (weight == null || weight == 0) {
      return null;
    } else if (!pairs) {
      draft().noEffect(entry, "it belongs to stage dpo");
      return null;
    }
    return entry;
  }

  private void smoothing(RecipeEntry entry) {
    Double epsilon = RecipeValues.decimal(entry.value());
    if (epsilon == null || epsilon == 0) {
      draft().remove(entry);
    } else if (draft().names().isKnown("label_smoothing")) {
      draft().put(entry, "label_smoothing", entry.value());
    } else {
      draft().noEffect(entry, "it belongs to stage dpo");
    }
  }

  private void heldOut(RecipeEntry entry) {
    Double size = RecipeValues.decimal(entry.value());
    if (size != null && size == 0) {
      draft().remove(entry);
    } else if (!draft().has("eval_strategy")) {
      draft().noEffect(entry, "eval_strategy is not set, and its default is no");
    } else {
      draft().become(entry, "test_split_size", entry.value());
    }
  }

  private void template(RecipeEntry entry) {
    if (RecipeValues.isNull(entry.value())) {
      draft().remove(entry);
    } else if (!draft().names().isKnown("template")) {
      draft()
          .refuse(
              entry,
              "is checked by the command line alone: remove it to use the model's own template");
    }
  }

  private void shuffling(RecipeEntry entry) {
    if (RecipeValues.isTrue(entry.value())) {
      draft().become(entry, "train_sampling_strategy", RecipeValues.text("sequential"));
    } else {
      draft().remove(entry);
    }
  }

  private void checkpointing(RecipeEntry entry) {
    if (RecipeValues.isTrue(entry.value())) {
      draft().become(entry, "gradient_checkpointing", RecipeValues.text("false"));
    } else {
      draft().remove(entry);
    }
  }

  private void adapter(RecipeEntry entry) {
    List<String> adapters = RecipeValues.strings(entry.value());
    if (adapters.isEmpty()) {
      draft().remove(entry);
    } else if (draft().hasFlag("model_name_or_path")) {
      draft().setAside(entry, "model_name_or_path");
    } else if (adapters.size() > 1) {
      draft().refuse(entry, "names several adapters: make one model of them with dpo4j merge");
    } else {
      draft().remove(entry);
      draft().force(entry, "model_name_or_path", RecipeValues.text(adapters.get(0)));
      draft().force(entry, "use_peft", RecipeValues.bool(true));
      draft()
          .translated(
              entry,
              RecipeValues.isTrue(draft().value("create_new_adapter"))
                  ? "became model_name_or_path: a new adapter is trained on top of it"
                  : "became model_name_or_path: the adapter is trained on, over its own base");
    }
  }

  private void packing(RecipeEntry entry) {
    if (!RecipeValues.isTrue(entry.value())) {
      draft().remove(entry);
    } else if (draft().method() != RecipeMethod.SFT) {
      draft().noEffect(entry, "it belongs to stage sft");
    } else {
      draft()
          .become(entry, "packing", RecipeValues.bool(true), "rows stay apart, as in neat_packing");
    }
  }

  private void trainOnPrompt(RecipeEntry entry) {
    if (!RecipeValues.isTrue(entry.value())) {
      draft().remove(entry);
    } else if (draft().method() == RecipeMethod.SFT) {
      draft().become(entry, "completion_only_loss", RecipeValues.bool(false));
    } else {
      draft().noEffect(entry, "it belongs to stage sft");
    }
  }

  @Override
  void finish() {
    if (draft().inFile().isEmpty()) {
      return;
    }
    defaults();
    if (draft().names().isKnown("loss_weights")) {
      addLosses();
    }
    smooth();
    @Nullable RecipeEntry alpha = draft().find("lora_alpha");
    if (alpha != null && RecipeValues.isNull(alpha.value())) {
      draft().remove(alpha);
      adapterDefaults();
    }
  }

  private void addLosses() {
    RecipeEntry first = ftx;
    Double weight = first == null ? null : RecipeValues.decimal(first.value());
    if (first != null && weight != null) {
      if (losses().equals(List.of("sigmoid")) && !draft().has("label_smoothing") && bco == null) {
        draft().force(first, "loss_type", RecipeValues.text("rpo"));
        draft().force(first, "rpo_alpha", RecipeValues.number(weight));
        draft().force(first, "rpo_normalization", RecipeValues.text("sequence_mean"));
        draft()
            .translated(
                first, "became loss_type: rpo with rpo_alpha: " + RecipeValues.show(first.value()));
      } else {
        addLoss(first, "sft", weight);
      }
    }
    RecipeEntry second = bco;
    Double share = second == null ? null : RecipeValues.decimal(second.value());
    if (second != null && share != null) {
      addLoss(second, "bco_pair", share);
    }
  }

  private void defaults() {
    draft().byDefault("learning_rate", RecipeValues.number(LEARNING_RATE), "");
    draft().byDefault("max_length", RecipeValues.number(CUTOFF), "cutoff_len");
    boolean cuts = draft().method() != RecipeMethod.REWARD;
    if (cuts && !draft().has("max_prompt_length") && !draft().has("max_completion_length")) {
      String share = "prompt and answer share cutoff_len";
      draft().byDefault("truncation_mode", RecipeValues.text("share"), share);
    }
    assistantOnly();
    draft().byDefault("use_peft", RecipeValues.bool(true), "finetuning_type lora");
    adapterDefaults();
    if (draft().method() == RecipeMethod.KTO) {
      draft()
          .byDefault("train_sampling_strategy", RecipeValues.text("random"), "rows are shuffled");
    }
  }

  private void adapterDefaults() {
    if (!RecipeValues.isTrue(draft().value("use_peft"))) {
      return;
    }
    draft().byDefault("lora_r", RecipeValues.number(RANK), "lora_rank");
    Double rank = RecipeValues.decimal(draft().value("lora_r"));
    if (rank != null) {
      draft().byDefault("lora_alpha", RecipeValues.number(2 * rank), "2 x lora_rank");
    }
    draft().byDefault("lora_dropout", RecipeValues.number(0), "");
    draft().byDefault("lora_target_modules", RecipeValues.text("all-linear"), "lora_target all");
    nestedByDefault();
  }
}
