/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.recipe;

import dev.dpo4j.config.value.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Translations that several tools share, most of them of arguments of transformers. */
abstract class CommonTranslations extends Translations {
  /** Names of optimizers of other packages, with the name of the same step here. */
  private static final Map<String, String> OPTIMIZERS =
      Map.ofEntries(
          Map.entry("adamw_torch_xla", "adamw_torch"),
          Map.entry("adamw_torch_npu_fused", "adamw_torch"),
          Map.entry("paged_adamw", "adamw_torch"),
          Map.entry("paged_adamw_32bit", "adamw_torch"),
          Map.entry("adamw_bnb_8bit", "adamw_8bit"),
          Map.entry("paged_adamw_8bit", "adamw_8bit"),
          Map.entry("adamw_torch_8bit", "adamw_8bit"),
          Map.entry("adamw_torch_4bit", "adamw_8bit"),
          Map.entry("lion_32bit", "lion"),
          Map.entry("lion_8bit", "lion"),
          Map.entry("paged_lion", "lion"),
          Map.entry("paged_lion_32bit", "lion"),
          Map.entry("paged_lion_8bit", "lion"),
          Map.entry("lion_pytorch", "lion"),
          Map.entry("ademamix_8bit", "ademamix"),
          Map.entry("paged_ademamix_32bit", "ademamix"),
          Map.entry("paged_ademamix_8bit", "ademamix"),
          Map.entry("rmsprop_bnb", "rmsprop"),
          Map.entry("rmsprop_bnb_8bit", "rmsprop"),
          Map.entry("rmsprop_bnb_32bit", "rmsprop"));

  /** Steps that are like AdamW and not the same. */
  private static final Map<String, String> REFUSED =
      Map.of(
          "adamw_hf",
              "the AdamW of older versions of transformers, which orders its step otherwise",
          "adamw_apex_fused", "the AdamW of Apex",
          "adamw_anyprecision", "an AdamW that keeps weights and means in bfloat16");

  private static final Set<String> HALVES = Set.of("bfloat16", "bf16");
  private static final Set<String> OTHER_HALVES = Set.of("float16", "fp16", "half");

  /** What axolotl calls the tracker that transformers calls comet_ml. */
  private static final String COMET = "comet";

  CommonTranslations(Draft draft) {
    super(draft);
    on("optim", this::optim);
    on("bf16", this::bf16);
    on("fp16", this::fp16);
    on("report_to", this::reportTo);
    on("do_eval", this::doEval);
    on("hub_strategy", this::hubStrategy);
    on("adafactor", this::adafactor);
    ShardTranslation shard = new ShardTranslation(draft);
    on("deepspeed", shard::deepspeed);
    on("fsdp", shard::fsdp);
    on("fsdp_config", shard::fsdpConfig);
    on("bnb_4bit_compute_dtype", this::computeDtype);
  }

  final void optim(RecipeEntry entry) {
    String name = String.valueOf(RecipeValues.string(entry.value())).toLowerCase(Locale.ROOT);
    String same = OPTIMIZERS.get(name);
    String other = REFUSED.get(name);
    if (other != null) {
      draft().refuse(entry, "is %s, %s, and not built: take adamw_torch".formatted(name, other));
    } else if (same == null) {
      draft().put(entry, "optim", entry.value());
    } else {
      String why =
          same.equals("adamw_8bit") ? "8-bit floats here" : "the same step, kept in float32";
      draft().become(entry, "optim", RecipeValues.text(same), why);
    }
  }

  private void adafactor(RecipeEntry entry) {
    if (RecipeValues.isTrue(entry.value())) {
      draft().become(entry, "optim", RecipeValues.text("adafactor"));
    } else {
      draft().remove(entry);
    }
  }

  /** axolotl lets the machine choose, which is what bf16 does here anyway. */
  final void bf16(RecipeEntry entry) {
    String text = RecipeValues.string(entry.value());
    if ("auto".equals(text) || "full".equals(text)) {
      draft().become(entry, "bf16", RecipeValues.bool(true), "over float32 master weights");
    } else {
      draft().put(entry, "bf16", entry.value());
    }
  }

  final void fp16(RecipeEntry entry) {
    boolean auto = "auto".equals(RecipeValues.string(entry.value()));
    if (!auto && !RecipeValues.isTrue(entry.value())) {
      draft().remove(entry);
    } else if (draft().has("bf16")) {
      draft().noEffect(entry, "bf16 decides");
    } else {
      String why = "float16 overflows; float32 where the processor has no bfloat16 units";
      draft().become(entry, "bf16", RecipeValues.bool(true), why);
    }
  }

  final void reportTo(RecipeEntry entry) {
    List<String> names =
        RecipeValues.strings(entry.value()).stream().filter(name -> !name.equals("none")).toList();
    List<String> others =
        names.stream()
            .filter(name -> name.equals(COMET) || TrackersElsewhere.NAMES.contains(name))
            .toList();
    if (names.isEmpty()) {
      draft().remove(entry);
    } else if (others.isEmpty()) {
      draft().put(entry, "report_to", entry.value());
    } else {
      String why =
          "%s cannot be written; the same curves are in the output folder as TensorBoard files"
              .formatted(String.join(", ", others));
      draft().become(entry, "report_to", RecipeValues.text("tensorboard"), why);
    }
  }

  private void doEval(RecipeEntry entry) {
    if (!RecipeValues.isTrue(entry.value())) {
      draft().remove(entry);
    } else if (draft().has("eval_strategy")) {
      draft().noEffect(entry, "eval_strategy decides when to evaluate");
    } else {
      draft().become(entry, "eval_strategy", RecipeValues.text("epoch"));
    }
  }

  private void hubStrategy(RecipeEntry entry) {
    boolean end = "end".equals(RecipeValues.string(entry.value()));
    if (entry.isFlag() || end || !draft().names().isKnown("hub_strategy")) {
      if (!draft().names().isKnown("hub_strategy")) {
        draft().noEffect(entry, "the library uploads nothing, the command line does");
      }
    } else if (!RecipeValues.isTrue(draft().value("push_to_hub"))) {
      draft().noEffect(entry, "push_to_hub is not set");
    } else {
      draft()
          .become(entry, "hub_strategy", RecipeValues.text("end"), "only the result is uploaded");
    }
  }

  /** The number of bits in which a base is held. */
  final void quantised(RecipeEntry entry) {
    Double bits = RecipeValues.decimal(entry.value());
    if (RecipeValues.isNull(entry.value())) {
      draft().remove(entry);
    } else if (bits != null && (bits == 4 || bits == 8)) {
      String key = bits == 4 ? "load_in_4bit" : "load_in_8bit";
      draft().become(entry, key, RecipeValues.bool(true));
    } else {
      draft().refuse(entry, "is built for 4 and 8 bits: take 4 or 8, or remove it");
    }
  }

  /** Scales of blocks are nested by default in files of a tool whose base is in 4 bits. */
  final void nestedByDefault() {
    if (RecipeValues.isTrue(draft().value("load_in_4bit"))) {
      draft().byDefault("use_bnb_nested_quant", RecipeValues.bool(true), "double quantisation");
    }
  }

  /** One type is computed in, and bf16 decides about it. */
  private void computeDtype(RecipeEntry entry) {
    String name = RecipeValues.string(entry.value());
    boolean half = name != null && (HALVES.contains(name) || OTHER_HALVES.contains(name));
    RecipeEntry bf16 = draft().find("bf16");
    if (!half && name != null && !name.equals("float32") && !name.equals("fp32")) {
      draft().refuse(entry, "expected float32, bfloat16 or float16");
    } else if (bf16 == null && half) {
      draft().become(entry, "bf16", RecipeValues.bool(true), "products of packed weights");
    } else if (bf16 != null && name != null && half != RecipeValues.isTrue(bf16.value())) {
      draft().refuse(entry, "is %s, but bf16 says otherwise: keep one of them".formatted(name));
    } else {
      draft().remove(entry);
    }
  }

  /** The type of the weights: master weights stay float32, those under an adapter need not. */
  final void dtype(RecipeEntry entry) {
    String name = RecipeValues.string(entry.value());
    boolean adapter = RecipeValues.isTrue(draft().value("use_peft"));
    if (name == null || name.equals("auto")) {
      draft().remove(entry);
    } else if (name.equals("float32") || name.equals("fp32")) {
      if (adapter || entry.isFlag()) {
        draft().put(entry, "dtype", RecipeValues.text("float32"));
      } else {
        draft().remove(entry);
      }
    } else if (HALVES.contains(name) && (adapter || entry.isFlag())) {
      if (entry.written().equals("dtype")) {
        draft().put(entry, "dtype", RecipeValues.text("bfloat16"));
      } else {
        draft().become(entry, "dtype", RecipeValues.text("bfloat16"));
      }
    } else if (HALVES.contains(name) || OTHER_HALVES.contains(name)) {
      draft().remove(entry);
      draft()
          .translated(
              entry,
              "is taken as float32: in "
                  + name
                  + " small updates would be lost"
                  + (adapter ? ", or overflow" : ""));
    } else {
      draft().put(entry, "dtype", entry.value());
    }
  }

  /** Reads a column of plain text under another name. */
  final void textField(RecipeEntry entry) {
    String column = RecipeValues.string(entry.value());
    if (column == null || column.equals("text")) {
      draft().remove(entry);
    } else if (draft().has("columns")) {
      draft().refuse(entry, "is set beside columns: name the column of text there");
    } else {
      draft().become(entry, "columns", RecipeValues.map(Map.of("text", RecipeValues.text(column))));
    }
  }

  /** Takes a second loss beside the present one. */
  final void addLoss(RecipeEntry cause, String type, double weight) {
    List<Value> types = new ArrayList<>();
    @Nullable Value now = draft().value("loss_type");
    types.addAll(now == null ? List.of(RecipeValues.text("sigmoid")) : listed(now));
    List<Value> weights = new ArrayList<>(RecipeValues.items(draft().value("loss_weights")));
    while (weights.size() < types.size()) {
      weights.add(RecipeValues.number(1));
    }
    types.add(RecipeValues.text(type));
    weights.add(RecipeValues.number(weight));
    draft().remove(cause);
    draft().force(cause, "loss_type", RecipeValues.list(types));
    draft().force(cause, "loss_weights", RecipeValues.list(weights));
    draft()
        .translated(
            cause,
            "became loss_type "
                + RecipeValues.show(RecipeValues.list(types))
                + " with loss_weights "
                + RecipeValues.show(RecipeValues.list(weights)));
  }

  private static List<Value> listed(Value value) {
    return RecipeValues.strings(value).stream().map(RecipeValues::text).toList();
  }

  /** The losses that are written, sigmoid where none is. */
  final List<String> losses() {
    List<String> names = RecipeValues.strings(draft().value("loss_type"));
    return names.isEmpty() ? List.of("sigmoid") : names;
  }

  /** LLaMA-Factory and axolotl train on all that the assistant says, and on nothing else. */
  final void assistantOnly() {
    boolean decided = draft().has("assistant_only_loss") || draft().has("completion_only_loss");
    if (draft().method() == RecipeMethod.SFT && !decided) {
      draft()
          .byDefault(
              "assistant_only_loss",
              RecipeValues.text("auto"),
              "what the assistant says is learnt");
    }
  }

  /** Smoothed labels make cdpo of sigmoid. */
  final void smooth() {
    RecipeEntry smoothing = draft().find("label_smoothing");
    if (smoothing == null || !draft().names().isKnown("label_smoothing")) {
      return;
    }
    Double epsilon = RecipeValues.decimal(smoothing.value());
    if (epsilon != null && epsilon > 0 && losses().equals(List.of("sigmoid"))) {
      draft().force(smoothing, "loss_type", RecipeValues.text("cdpo"));
      draft()
          .translated(smoothing, "with loss_type sigmoid became loss_type: cdpo (smoothed labels)");
    }
  }

  /** RPO was the log-loss of the chosen answers beside sigmoid. */
  final void rpo() {
    RecipeEntry alpha = draft().find("rpo_alpha");
    if (alpha == null || !draft().names().isKnown("rpo_alpha")) {
      return;
    }
    Double weight = RecipeValues.decimal(alpha.value());
    if (weight == null || weight == 0) {
      draft().remove(alpha);
    } else if (losses().equals(List.of("sigmoid"))) {
      draft().force(alpha, "loss_type", RecipeValues.text("rpo"));
      draft()
          .translated(alpha, "beside loss_type sigmoid became loss_type: rpo, with this rpo_alpha");
    } else if (!losses().contains("rpo")) {
      addLoss(alpha, "sft", weight);
    }
  }

  /** Tokens that other tools add to a vocabulary without being asked to resize it. */
  static void newTokens(Draft draft, RecipeEntry entry, String key) {
    List<String> tokens = RecipeValues.strings(entry.value());
    if (tokens.isEmpty()) {
      draft.remove(entry);
      return;
    }
    draft.become(entry, key, RecipeValues.list(tokens.stream().map(RecipeValues::text).toList()));
    if (!draft.has("resize_vocab")) {
      draft.force(entry, "resize_vocab", RecipeValues.bool(true));
    }
  }
}
