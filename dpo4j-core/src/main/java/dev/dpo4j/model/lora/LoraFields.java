/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.lora;

import dev.dpo4j.model.family.JsonFields;
import dev.dpo4j.model.family.ModelConfigException;
import dev.dpo4j.model.family.WeightsException;
import dev.dpo4j.model.weights.SavedModule;
import dev.dpo4j.safetensors.SafetensorsFile;
import dev.dpo4j.safetensors.TensorInfo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What {@code adapter_config.json} says. A field that is not built here, or not known, is refused
 * unless it asks for nothing: what it asks for would else be ignored.
 *
 * @param config how the adapter is built
 * @param base the model that it is on; null where none is named
 */
record LoraFields(LoraConfig config, @Nullable String base) {
  private static final int MAX_RANK = 1 << 20;
  private static final int MAX_LAYER = 1 << 20;
  private static final String REWARD_TASK = "SEQ_CLS";
  private static final String OTHER_SCORE = "classifier";
  private static final String ALL_LINEAR = "all-linear";

  /** Ways to begin that leave the base model as it is. */
  private static final Set<String> BEGINNINGS =
      Set.of("true", "false", "\"gaussian\"", "\"orthogonal\"", "\"eva\"", "\"mica\"");

  /** Values that ask for nothing, whatever the field is. */
  private static final Set<String> NOTHING = Set.of("false", "[]", "{}", "\"\"");

  /** Fields that change what is computed and are not built, with what to do. */
  private static final Map<String, String> NOT_BUILT = notBuilt();

  /** Fields that are read, and those that change nothing of what a trained adapter computes. */
  private static final Set<String> KNOWN =
      Set.of(
          "peft_type",
          "r",
          "lora_alpha",
          "lora_dropout",
          "use_rslora",
          "use_dora",
          "bias",
          "modules_to_save",
          "base_model_name_or_path",
          "target_modules",
          "target_parameters",
          "exclude_modules",
          "layers_to_transform",
          "layers_pattern",
          "rank_pattern",
          "alpha_pattern",
          "init_lora_weights",
          "task_type",
          "auto_mapping",
          "inference_mode",
          "revision",
          "peft_version",
          "runtime_config",
          // PEFT, too, does without it on linear layers, whose weights are stored one way.
          "fan_in_fan_out",
          // How an adapter began, or was laid out on several devices.
          "corda_config",
          "eva_config",
          "loftq_config",
          "lora_ga_config",
          "megatron_config",
          "megatron_core",
          "qalora_group_size");

  private static Map<String, String> notBuilt() {
    String merge =
        "it is not built. Merge the adapter with PEFT (merge_and_unload) and use the model that it"
            + " gives";
    Map<String, String> fields = new LinkedHashMap<>();
    for (String field :
        new String[] {
          "use_qalora",
          "use_bdlora",
          "lora_bias",
          "trainable_token_indices",
          "layer_replication",
          "monteclora_config",
          "velora_config",
          "kasa_config"
        }) {
      fields.put(field, merge);
    }
    String perToken =
        "it is not built, and it cannot be merged, because it acts on some tokens alone: train a"
            + " plain LoRA adapter";
    fields.put("alora_invocation_tokens", perToken);
    fields.put("arrow_config", perToken);
    fields.put(
        "ensure_weight_tying",
        "it is not built: a head and an embedding that are trained are two matrices here");
    return fields;
  }

  /**
   * Reads the file of a folder.
   *
   * @throws ModelConfigException with all that is wrong or not built
   */
  static LoraFields read(Path folder) {
    Path file = folder.resolve(LoraFolder.CONFIG);
    List<String> faults = new ArrayList<>();
    JsonFields fields = JsonFields.of(file, faults);
    if (!"LORA".equals(fields.text("peft_type"))) {
      fields.fault("peft_type", String.valueOf(fields.get("peft_type")), "LORA");
    }
    refuseNotBuilt(fields);
    int r = fields.integer("r", 8, 1, MAX_RANK);
    double alpha = fields.positive("lora_alpha", 8);
    Double dropout = fields.zeroOrMore("lora_dropout");
    if (dropout != null && dropout >= 1) {
      fields.fault("lora_dropout", dropout, "a number below 1");
    }
    boolean rslora = fields.flag("use_rslora", false);
    boolean dora = fields.flag("use_dora", false);
    LoraBias bias = bias(fields);
    Set<String> others = new TreeSet<>();
    Set<SavedModule> saved = saved(fields, others);
    Set<ExpertParameter> parameters = parameters(fields);
    LoraTargets targets = targets(fields);
    String base = fields.text("base_model_name_or_path");
    if (!faults.isEmpty()) {
      throw new ModelConfigException(file.toString(), faults);
    }
    Path weights = folder.resolve(LoraFolder.WEIGHTS);
    List<String> modules = modules(weights, parameters);
    if (targets.isEmpty() && parameters.isEmpty()) {
      targets = targets.withModules(modules);
    }
    if (parameters.contains(ExpertParameter.GATE_UP)
        && targets.rank(ExpertParameter.GATE_UP.key(0), r) == r
        && isDoubled(weights, r, targets.rank(ExpertParameter.DOWN.key(0), r))) {
      targets = targets.withDoubledGateUp(r, alpha);
    }
    double dropped = dropout == null ? 0 : dropout;
    LoraConfig config =
        new LoraConfig(r, alpha, dropped, targets, rslora, dora, bias, saved, others, parameters);
    return new LoraFields(config, base);
  }

  private static void refuseNotBuilt(JsonFields fields) {
    JsonNode init = fields.get("init_lora_weights");
    if (init != null && !BEGINNINGS.contains(init.toString())) {
      fields.fault(
          "init_lora_weights",
          JsonFields.shorten(init),
          "one of %s: other ways to begin change the weights of the base model, on which the adapter then is. Write it with PEFT as plain LoRA (save_pretrained with path_initial_model_for_weight_conversion), or merge it there (merge_and_unload)"
              .formatted(new TreeSet<>(BEGINNINGS)));
    }
    for (String name : fields.names()) {
      JsonNode value = fields.get(name);
      if (value == null || KNOWN.contains(name) || NOTHING.contains(value.toString())) {
        continue;
      }
      String advice = NOT_BUILT.get(name);
      fields.fault(
          name,
          JsonFields.shorten(value),
          advice == null
              ? "null, false or nothing: the field is not known here, and what it asks for is not built"
              : "null, false or nothing: " + advice);
    }
  }

  private static LoraBias bias(JsonFields fields) {
    String name = fields.text("bias");
    for (LoraBias bias : LoraBias.values()) {
      if (name == null || bias.peftName().equals(name)) {
        return bias;
      }
    }
    fields.fault("bias", "\"" + name + "\"", "none, all or lora_only");
    return LoraBias.NONE;
  }

  private static LoraTargets targets(JsonFields fields) {
    String pattern = pattern(fields, "target_modules");
    String excludedPattern = pattern(fields, "exclude_modules");
    List<String> modules = ALL_LINEAR.equals(pattern) ? null : names(fields, "target_modules");
    List<String> excluded = names(fields, "exclude_modules");
    for (String name : orNone(modules)) {
      String last = name.substring(name.lastIndexOf('.') + 1);
      if (SavedModule.of(last).isPresent()) {
        fields.fault(
            "target_modules",
            "\"" + name + "\"",
            "linear layers of the decoder layers: updates of embedding and head are not built. Merge the adapter with PEFT (merge_and_unload) and use the model that it gives");
      }
    }
    JsonNode layers = fields.get("layers_to_transform");
    List<Integer> numbers =
        layers != null && layers.isNumber()
            ? List.of(fields.integer("layers_to_transform", 0, 0, MAX_LAYER))
            : fields.integers("layers_to_transform");
    JsonNode before = fields.get("layers_pattern");
    List<String> patterns =
        before != null && before.isString()
            ? List.of(before.stringValue())
            : fields.texts("layers_pattern");
    return new LoraTargets(
        orNone(modules),
        ALL_LINEAR.equals(pattern) ? null : pattern,
        orNone(excluded),
        excludedPattern,
        orNone(numbers),
        orNone(patterns).stream().filter(text -> !text.isEmpty()).toList(),
        pattern(fields, "rank_pattern", (inner, name) -> inner.integer(name, 0, 1, MAX_RANK)),
        pattern(fields, "alpha_pattern", (inner, name) -> inner.positive(name, 0)));
  }

  private static <T> List<T> orNone(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }

  /** A field that holds a regular expression, null where it holds a list of names. */
  private static @Nullable String pattern(JsonFields fields, String field) {
    JsonNode value = fields.get(field);
    if (value == null || !value.isString() || value.stringValue().isEmpty()) {
      return null;
    }
    String pattern = value.stringValue();
    String fault = LoraTargets.fault(pattern);
    if (fault != null) {
      fields.fault(field, JsonFields.shorten(value), "a regular expression: it " + fault);
      return null;
    }
    return pattern;
  }

  private static @Nullable List<String> names(JsonFields fields, String field) {
    JsonNode value = fields.get(field);
    return value == null || value.isString() ? null : fields.texts(field);
  }

  private static <T> Map<String, T> pattern(
      JsonFields fields, String field, BiFunction<JsonFields, String, T> read) {
    Map<String, T> values = new LinkedHashMap<>();
    JsonFields inner = fields.object(field);
    if (inner != null) {
      for (String name : inner.names()) {
        String fault = LoraTargets.fault(name);
        if (fault != null) {
          fields.fault(field, name, "regular expressions: it " + fault);
        } else {
          values.put(name, read.apply(inner, name));
        }
      }
    }
    return values;
  }

  private static Set<SavedModule> saved(JsonFields fields, Set<String> others) {
    EnumSet<SavedModule> saved = EnumSet.noneOf(SavedModule.class);
    List<String> names = fields.texts("modules_to_save");
    boolean classifier = REWARD_TASK.equals(fields.text("task_type"));
    for (String name : names == null ? List.<String>of() : names) {
      if (classifier && name.equals(OTHER_SCORE)) {
        continue; // the same head in families that are not built here; PEFT names both
      }
      SavedModule.of(name).ifPresentOrElse(saved::add, () -> others.add(name));
    }
    return saved;
  }

  private static Set<ExpertParameter> parameters(JsonFields fields) {
    EnumSet<ExpertParameter> parameters = EnumSet.noneOf(ExpertParameter.class);
    List<String> names = fields.texts("target_parameters");
    for (String name : names == null ? List.<String>of() : names) {
      ExpertParameter.of(name)
          .ifPresentOrElse(
              parameters::add,
              () ->
                  fields.fault(
                      "target_parameters",
                      "[\"" + name + "\"]",
                      "some of " + ExpertParameter.names() + ": it is not built"));
    }
    return parameters;
  }

  /** Whether gate and way up of experts have twice the rank of the adapter. */
  private static boolean isDoubled(Path file, int r, int rankOfDown) {
    try (SafetensorsFile weights = SafetensorsFile.open(file)) {
      for (TensorInfo info : weights.tensors().values()) {
        String inner = ".experts.base_layer.lora_A.weight";
        if (info.name().endsWith(inner)) {
          String outer = info.name().replace(inner, ".experts.lora_A.weight");
          TensorInfo down = weights.tensors().get(outer);
          return down != null && info.shape()[0] * rankOfDown == 2L * r * down.shape()[0];
        }
      }
    }
    return false;
  }

  /** The modules that have weights. */
  private static List<String> modules(Path file, Set<ExpertParameter> parameters) {
    EnumSet<LoraModule> found = EnumSet.noneOf(LoraModule.class);
    try (SafetensorsFile weights = SafetensorsFile.open(file)) {
      for (String name : weights.tensors().keySet()) {
        for (LoraModule module : LoraModule.values()) {
          if (name.contains("." + module.moduleName() + ".lora_")) {
            found.add(module);
          }
        }
      }
      if (found.isEmpty() && parameters.isEmpty()) {
        throw new WeightsException(
            "%s adapts none of %s: found %s"
                .formatted(file, LoraModule.names(), weights.tensors().keySet()));
      }
    }
    return found.stream().map(LoraModule::moduleName).toList();
  }
}
