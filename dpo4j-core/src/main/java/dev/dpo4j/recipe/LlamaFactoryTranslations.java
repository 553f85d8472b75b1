/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.recipe;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Translations of files of LLaMA-Factory, and the defaults that it has and we have not. */
final class LlamaFactoryTranslations extends CommonTranslations {
  private static final Set<String> OTHER_STAGES = Set.of("rm", "ppo", "pt");
  private static final double LEARNING_RATE = 5e-5;
  private static final int CUTOFF = 2048;
  private static final int RANK = 8;

  private @Nullable Entry ftx;
  private @Nullable Entry bco;

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
  }

  private void stage(Entry entry) {
    String stage = String.valueOf(Values.string(entry.value())).toLowerCase(Locale.ROOT);
    Method method = draft().method();
    draft().remove(entry);
    if (OTHER_STAGES.contains(stage)) {
      draft()
          .fault(
              entry,
              switch (stage) {
                case "rm" -> "is rm: reward models are trained by dpo4j reward, once it is built";
                case "ppo" -> "is ppo: it is run by dpo4j ppo, once it is built";
                default ->
                    "is pt: for plain text run dpo4j sft on rows with the column text, without stage";
              });
      return;
    }
    boolean fits =
        switch (stage) {
          case "dpo" -> method.isPairwise();
          case "kto" -> method == Method.KTO;
          case "sft" -> method == Method.SFT;
          default -> false;
        };
    if (!fits) {
      draft().fault(entry, "is " + stage + ": run dpo4j " + stage + " with this file");
    }
  }

  private void finetuningType(Entry entry) {
    String type = String.valueOf(Values.string(entry.value()));
    switch (type) {
      case "lora" -> draft().become(entry, "use_peft", Values.bool(true));
      case "full" -> draft().become(entry, "use_peft", Values.bool(false));
      default -> draft().refuse(entry, "is " + type + ", which is not built: take lora or full");
    }
  }

  private void target(Entry entry) {
    List<String> names = Values.strings(entry.value());
    if (names.equals(List.of("all"))) {
      draft().become(entry, "lora_target_modules", Values.text("all-linear"));
    } else {
      draft()
          .become(
              entry, "lora_target_modules", Values.list(names.stream().map(Values::text).toList()));
    }
  }

  /** Dropout of the adapter acts there whenever it is set. */
  static void dropout(Draft draft) {
    @Nullable Entry entry = draft.find("lora_dropout");
    Double share = entry == null ? null : Values.decimal(entry.value());
    if (entry != null && share != null && share > 0 && !draft.has("disable_dropout")) {
      draft.force(entry, "disable_dropout", Values.bool(false));
      draft.translated(entry, "acts: disable_dropout became false");
    }
  }

  private void additionalTarget(Entry entry) {
    List<String> names = Values.strings(entry.value());
    if (names.isEmpty()) {
      draft().remove(entry);
    } else {
      draft()
          .become(
              entry,
              "lora_modules_to_save",
              Values.list(names.stream().map(Values::text).toList()));
    }
  }

  private void loss(Entry entry) {
    String loss = String.valueOf(Values.string(entry.value()));
    if (!draft().names().isKnown("loss_weights")) {
      draft().noEffect(entry, "it belongs to stage dpo");
    } else if (loss.equals("kto_pair")) {
      draft()
          .refuse(
              entry,
              "is kto_pair, which is not built: run dpo4j kto with the same pairs, which are split"
                  + " there");
    } else {
      draft().become(entry, "loss_type", Values.text(loss));
    }
  }

  private void keepFtx(Entry entry) {
    ftx = added(entry);
  }

  private void keepBco(Entry entry) {
    bco = added(entry);
  }

  /** A part of the loss that is put beside the others once these are known. */
  private @Nullable Entry added(Entry entry) {
    Double weight = Values.decimal(entry.value());
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

  private void smoothing(Entry entry) {
    Double epsilon = Values.decimal(entry.value());
    if (epsilon == null || epsilon == 0) {
      draft().remove(entry);
    } else if (draft().names().isKnown("label_smoothing")) {
      draft().put(entry, "label_smoothing", entry.value());
    } else {
      draft().noEffect(entry, "it belongs to stage dpo");
    }
  }

  private void heldOut(Entry entry) {
    Double size = Values.decimal(entry.value());
    if (size != null && size == 0) {
      draft().remove(entry);
    } else if (!draft().has("eval_strategy")) {
      draft().noEffect(entry, "eval_strategy is not set, and its default is no");
    } else {
      draft().become(entry, "test_split_size", entry.value());
    }
  }

  private void template(Entry entry) {
    if (Values.isNull(entry.value())) {
      draft().remove(entry);
    } else if (!draft().names().isKnown("template")) {
      draft()
          .refuse(
              entry,
              "is checked by the command line alone: remove it to use the model's own template");
    }
  }

  private void shuffling(Entry entry) {
    if (Values.isTrue(entry.value())) {
      draft().become(entry, "train_sampling_strategy", Values.text("sequential"));
    } else {
      draft().remove(entry);
    }
  }

  private void checkpointing(Entry entry) {
    if (Values.isTrue(entry.value())) {
      draft().become(entry, "gradient_checkpointing", Values.text("false"));
    } else {
      draft().remove(entry);
    }
  }

  private void adapter(Entry entry) {
    List<String> adapters = Values.strings(entry.value());
    if (adapters.isEmpty()) {
      draft().remove(entry);
    } else if (draft().hasFlag("model_name_or_path")) {
      draft().setAside(entry, "model_name_or_path");
    } else if (adapters.size() > 1) {
      draft().refuse(entry, "names several adapters: make one model of them with dpo4j merge");
    } else {
      draft().remove(entry);
      draft().force(entry, "model_name_or_path", Values.text(adapters.get(0)));
      draft().force(entry, "use_peft", Values.bool(true));
      draft()
          .translated(
              entry, "became model_name_or_path: the adapter is trained on, over its own base");
    }
  }

  private void packing(Entry entry) {
    if (!Values.isTrue(entry.value())) {
      draft().remove(entry);
    } else if (draft().method() != Method.SFT) {
      draft().noEffect(entry, "it belongs to stage sft");
    } else {
      draft().become(entry, "packing", Values.bool(true), "rows stay apart, as in neat_packing");
    }
  }

  private void trainOnPrompt(Entry entry) {
    if (!Values.isTrue(entry.value())) {
      draft().remove(entry);
    } else if (draft().method() == Method.SFT) {
      draft().become(entry, "completion_only_loss", Values.bool(false));
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
    @Nullable Entry alpha = draft().find("lora_alpha");
    if (alpha != null && Values.isNull(alpha.value())) {
      draft().remove(alpha);
      adapterDefaults();
    }
  }

  private void addLosses() {
    Entry first = ftx;
    Double weight = first == null ? null : Values.decimal(first.value());
    if (first != null && weight != null) {
      if (losses().equals(List.of("sigmoid")) && !draft().has("label_smoothing") && bco == null) {
        draft().force(first, "loss_type", Values.text("rpo"));
        draft().force(first, "rpo_alpha", Values.number(weight));
        draft().force(first, "rpo_normalization", Values.text("sequence_mean"));
        draft()
            .translated(
                first, "became loss_type: rpo with rpo_alpha: " + Values.show(first.value()));
      } else {
        addLoss(first, "sft", weight);
      }
    }
    Entry second = bco;
    Double share = second == null ? null : Values.decimal(second.value());
    if (second != null && share != null) {
      addLoss(second, "bco_pair", share);
    }
  }

  private void defaults() {
    draft().byDefault("learning_rate", Values.number(LEARNING_RATE), "");
    draft().byDefault("max_length", Values.number(CUTOFF), "cutoff_len");
    draft().byDefault("use_peft", Values.bool(true), "finetuning_type lora");
    adapterDefaults();
    if (draft().method() == Method.KTO) {
      draft().byDefault("train_sampling_strategy", Values.text("random"), "rows are shuffled");
    }
  }

  private void adapterDefaults() {
    if (!Values.isTrue(draft().value("use_peft"))) {
      return;
    }
    draft().byDefault("lora_r", Values.number(RANK), "lora_rank");
    Double rank = Values.decimal(draft().value("lora_r"));
    if (rank != null) {
      draft().byDefault("lora_alpha", Values.number(2 * rank), "2 x lora_rank");
    }
    draft().byDefault("lora_dropout", Values.number(0), "");
    draft().byDefault("lora_target_modules", Values.text("all-linear"), "lora_target all");
  }
}
