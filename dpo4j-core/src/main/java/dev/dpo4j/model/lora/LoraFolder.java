/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.lora;

import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.model.family.JsonFields;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.ModelConfigException;
import dev.dpo4j.model.family.ModelJson;
import dev.dpo4j.model.family.TextPart;
import dev.dpo4j.model.family.WeightsException;
import dev.dpo4j.model.weights.HubSnapshots;
import dev.dpo4j.model.weights.SavedModule;
import dev.dpo4j.model.weights.WeightFiles;
import dev.dpo4j.safetensors.SafetensorsFile;
import dev.dpo4j.safetensors.TensorInfo;
import dev.dpo4j.safetensors.TensorSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A folder in the layout of PEFT: {@code adapter_config.json} and {@code
 * adapter_model.safetensors}.
 *
 * <p>What an adapter says that is not built here (ranks of single layers, trained biases, other
 * whole modules than embedding and head) is refused.
 */
public final class LoraFolder {
  /** The configuration. */
  public static final String CONFIG = "adapter_config.json";

  /** The weights. */
  public static final String WEIGHTS = "adapter_model.safetensors";

  private static final int MAX_RANK = 1 << 20;
  private static final String DOUBLED = ".*\\.gate_up_proj";

  private static final String TOKEN_TASK = "CAUSAL_LM";
  private static final String REWARD_TASK = "SEQ_CLS";
  private static final String OTHER_SCORE = "classifier";

  /** Fields that change what is computed, with the values that ask for nothing. */
  private static final Map<String, Set<String>> NEUTRAL = neutral();

  /** Values that ask for nothing, whatever the field is. */
  private static final Set<String> NOTHING = Set.of("false", "[]", "{}", "\"\"");

  /** Fields that are read, and those that change nothing of what a trained adapter computes. */
  private static final Set<String> KNOWN =
      Set.of(
          "peft_type",
          "r",
          "lora_alpha",
          "lora_dropout",
          "use_rslora",
          "use_dora",
          "modules_to_save",
          "base_model_name_or_path",
          // The weights themselves say which layers have an adapter.
          "target_modules",
          "target_parameters",
          "rank_pattern",
          "alpha_pattern",
          "exclude_modules",
          "task_type",
          "auto_mapping",
          "inference_mode",
          "revision",
          "peft_version",
          "runtime_config",
          // How an adapter began, or was laid out on several devices.
          "corda_config",
          "eva_config",
          "loftq_config",
          "lora_ga_config",
          "megatron_config",
          "megatron_core",
          "qalora_group_size");

  private final LoraConfig config;

  /** Models that were brought here by name. */
  private static final Map<String, Path> BASES = new ConcurrentHashMap<>();

  private final @Nullable String base;

  private LoraFolder(LoraConfig config, @Nullable String base) {
    this.config = config;
    this.base = base;
  }

  private static Map<String, Set<String>> neutral() {
    Map<String, Set<String>> fields = new LinkedHashMap<>();
    fields.put("bias", Set.of("\"none\""));
    // Other beginnings, such as PiSSA's, change the base model too.
    fields.put("init_lora_weights", Set.of("true", "false", "\"gaussian\"", "\"orthogonal\""));
    for (String flag :
        new String[] {
          "use_qalora", "use_bdlora", "fan_in_fan_out", "lora_bias", "ensure_weight_tying"
        }) {
      fields.put(flag, Set.of("false"));
    }
    for (String group :
        new String[] {
          "trainable_token_indices",
          "layer_replication",
          "layers_to_transform",
          "layers_pattern",
          "alora_invocation_tokens",
          "arrow_config",
          "monteclora_config",
          "velora_config",
          "kasa_config"
        }) {
      fields.put(group, Set.of("[]", "{}"));
    }
    return fields;
  }

  /**
   * Says where the model of a name stands, for adapters that name their base so.
   *
   * @param name a name on the Hugging Face Hub
   * @param folder the model
   */
  public static void baseStandsAt(String name, Path folder) {
    BASES.put(name, folder);
  }

  /** The base model that an adapter names, null if it names none. */
  public static @Nullable String baseName(Path folder) {
    return read(folder).base;
  }

  /** Whether a folder holds an adapter. */
  public static boolean isAdapter(Path folder) {
    return Files.isRegularFile(folder.resolve(CONFIG));
  }

  /**
   * The folder or file of the model that a name stands for: an adapter's base, else the name
   * itself.
   *
   * @throws ModelConfigException if the adapter does not name a base that exists
   */
  public static Path base(Path folder) {
    ModelPlace.require(folder);
    return isAdapter(folder) ? read(folder).basePath(folder) : folder;
  }

  /** Where the tokenizer of a model is: an adapter's own if it has one, else its base's. */
  public static Path tokenizer(Path folder) {
    ModelPlace.require(folder);
    boolean own = !isAdapter(folder) || Files.exists(folder.resolve("tokenizer.json"));
    return own ? folder : base(folder);
  }

  /**
   * Reads {@code adapter_config.json}.
   *
   * @throws ModelConfigException with all that is wrong or not built
   */
  static LoraFolder read(Path folder) {
    Path file = folder.resolve(CONFIG);
    List<String> faults = new ArrayList<>();
    JsonFields fields = JsonFields.of(file, faults);
    if (!"LORA".equals(fields.text("peft_type"))) {
      fields.fault("peft_type", String.valueOf(fields.get("peft_type")), "LORA");
    }
    NEUTRAL.forEach(
        (field, allowed) -> {
          JsonNode value = fields.get(field);
          if (value != null && !allowed.contains(value.toString())) {
            fields.fault(
                field, JsonFields.shorten(value), "null or " + allowed + ": it is not built");
          }
        });
    refuseUnknown(fields);
    int r = fields.integer("r", 8, 1, MAX_RANK);
    double alpha = fields.positive("lora_alpha", 8);
    Double dropout = fields.zeroOrMore("lora_dropout");
    if (dropout != null && dropout >= 1) {
      fields.fault("lora_dropout", dropout, "a number below 1");
    }
    boolean rslora = fields.flag("use_rslora", false);
    boolean dora = fields.flag("use_dora", false);
    Set<SavedModule> saved = saved(fields);
    Set<ExpertParameter> parameters = parameters(fields);
    boolean doubled = patterns(fields, r, alpha, parameters);
    String base = fields.text("base_model_name_or_path");
    if (!faults.isEmpty()) {
      throw new ModelConfigException(file.toString(), faults);
    }
    Set<LoraModule> modules = modules(folder.resolve(WEIGHTS), parameters);
    doubled |= !parameters.isEmpty() && isDoubled(folder.resolve(WEIGHTS));
    double dropped = dropout == null ? 0 : dropout;
    return new LoraFolder(
        new LoraConfig(r, alpha, dropped, modules, rslora, dora, saved, parameters, doubled), base);
  }

  /** A field that nobody knows here may change what is computed, unless it asks for nothing. */
  private static void refuseUnknown(JsonFields fields) {
    for (String name : fields.names()) {
      JsonNode value = fields.get(name);
      if (value != null
          && !KNOWN.contains(name)
          && !NEUTRAL.containsKey(name)
          && !NOTHING.contains(value.toString())) {
        fields.fault(
            name,
            JsonFields.shorten(value),
            "null, false or nothing: the field is not known here, and what it asks for is not built");
      }
    }
  }

  private static Set<SavedModule> saved(JsonFields fields) {
    EnumSet<SavedModule> saved = EnumSet.noneOf(SavedModule.class);
    JsonNode names = fields.get("modules_to_save");
    boolean classifier = REWARD_TASK.equals(fields.text("task_type"));
    if (names != null) {
      for (JsonNode name : names) {
        if (classifier && name.asString().equals(OTHER_SCORE)) {
          continue; // the same head in families that are not built here; PEFT names both
        }
        SavedModule.of(name.asString())
            .ifPresentOrElse(
                saved::add,
                () ->
                    fields.fault(
                        "modules_to_save",
                        JsonFields.shorten(names),
                        "some of " + SavedModule.names() + ": the others are not built"));
      }
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

  /**
   * PEFT doubles rank and alpha where gate and way up, which were two layers once, are one
   * parameter of experts. No other pattern is built.
   */
  private static boolean patterns(
      JsonFields fields, int r, double alpha, Set<ExpertParameter> parameters) {
    boolean doubled = false;
    for (String field : List.of("rank_pattern", "alpha_pattern")) {
      JsonNode pattern = fields.get(field);
      if (pattern == null || pattern.isEmpty()) {
        continue;
      }
      double wanted = 2 * (field.equals("rank_pattern") ? r : alpha);
      boolean known =
          pattern.size() == 1
              && parameters.contains(ExpertParameter.GATE_UP)
              && pattern.path(DOUBLED).asDouble(0) == wanted;
      if (!known) {
        fields.fault(
            field,
            JsonFields.shorten(pattern),
            "nothing, or twice the value for " + DOUBLED + ": others are not built");
      }
      doubled = true;
    }
    return doubled;
  }

  /** Whether gate and way up of experts have twice the rank of the ways down. */
  private static boolean isDoubled(Path file) {
    try (SafetensorsFile weights = SafetensorsFile.open(file)) {
      for (TensorInfo info : weights.tensors().values()) {
        String inner = ".experts.base_layer.lora_A.weight";
        if (info.name().endsWith(inner)) {
          String outer = info.name().replace(inner, ".experts.lora_A.weight");
          TensorInfo down = weights.tensors().get(outer);
          return down != null && info.shape()[0] == 2 * down.shape()[0];
        }
      }
    }
    return false;
  }

  /** The adapted modules are those that have weights: target_modules may be a pattern. */
  private static Set<LoraModule> modules(Path file, Set<ExpertParameter> parameters) {
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
    return found;
  }

  LoraConfig config() {
    return config;
  }

  /** The base model, looked for from the working directory and from the adapter's folder. */
  Path basePath(Path folder) {
    if (base == null) {
      throw new ModelConfigException(
          folder.resolve(CONFIG).toString(),
          List.of("base_model_name_or_path: found nothing, expected the folder of the base model"));
    }
    for (Path candidate : List.of(Path.of(base), folder.resolve(base))) {
      if (Files.exists(candidate) && !isAdapter(candidate)) {
        return candidate;
      }
    }
    Path known = BASES.get(base);
    if (known != null) {
      return known;
    }
    throw new ModelConfigException(
        folder.resolve(CONFIG).toString(),
        List.of(
            "base_model_name_or_path: found \""
                + base
                + "\", which is no folder or GGUF file of a model here; set it to the path of the"
                + " base model"));
  }

  /** Whether a folder holds the adapter of a reward model. */
  public static boolean isOfRewardModel(Path folder) {
    return isAdapter(folder) && read(folder).config().modulesToSave().contains(SavedModule.SCORE);
  }

  /**
   * Reads the adapter of a folder.
   *
   * @throws ModelConfigException if it trains a module that the model does not have
   */
  public static LoraAdapter load(Path folder, ModelConfig model) {
    LoraConfig config = read(folder).config();
    for (SavedModule module : config.modulesToSave()) {
      if (!module.isIn(model)) {
        throw new ModelConfigException(
            folder.resolve(CONFIG).toString(),
            List.of(
                module == SavedModule.SCORE
                    ? "modules_to_save: found score, the head of a reward model, which scores"
                        + " answers and writes none: see dpo4j score"
                    : "modules_to_save: found %s, which a reward model does not have"
                        .formatted(module.moduleName())));
      }
    }
    LoraAdapter adapter = LoraAdapter.allocate(model, config);
    try {
      fill(adapter, folder);
      return adapter;
    } catch (RuntimeException e) {
      adapter.close();
      throw e;
    }
  }

  /**
   * Reads the weights.
   *
   * @throws WeightsException with all missing, unexpected and wrongly shaped tensors
   */
  public static void fill(LoraAdapter adapter, Path folder) {
    SafetensorsFile file = SafetensorsFile.open(folder.resolve(WEIGHTS));
    try (TensorSource source = adapter.model().textPart() ? TextPart.ofAdapter(file) : file) {
      Map<String, TensorInfo> left = new LinkedHashMap<>(source.tensors());
      List<String> faults = new ArrayList<>();
      adapter
          .parameters()
          .parameters()
          .forEach(
              parameter -> {
                TensorInfo info = left.remove(parameter.name());
                if (info == null) {
                  faults.add("missing: " + parameter);
                } else if (!Arrays.equals(info.shape(), parameter.shape())) {
                  faults.add("wrong shape: " + info.spec() + ", expected " + parameter);
                } else if (!info.dtype().isFloatingPoint()) {
                  faults.add("wrong type: " + info.spec());
                }
              });
      left.values().forEach(info -> faults.add("unexpected: " + info.spec()));
      if (!faults.isEmpty()) {
        throw new WeightsException(
            source
                + ": "
                + faults.size()
                + " tensors do not fit adapter_config.json and the base model, a "
                + adapter.model().architecture().className()
                + ":\n  "
                + String.join("\n  ", faults)
                + "\nIf the adapter was trained on another model, name that one as base_model_name_or_path in adapter_config.json.");
      }
      WeightFiles.fill(adapter.parameters(), source);
    }
  }

  /** Writes both files. */
  public static void save(LoraAdapter adapter, Path base, Path target) throws IOException {
    WeightFiles.saveOne(
        adapter.parameters(),
        target.resolve(WEIGHTS),
        adapter.model().textPart() ? TextPart::inAdapter : name -> name);
    LoraConfig config = adapter.config();
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("base_model_name_or_path", HubSnapshots.nameOr(base));
    fields.put("bias", "none");
    fields.put("fan_in_fan_out", false);
    fields.put("inference_mode", true);
    fields.put("init_lora_weights", true);
    fields.put("lora_alpha", whole(config.alpha()));
    // PEFT refuses dropout on experts.
    fields.put("lora_dropout", config.targetParameters().isEmpty() ? config.dropout() : 0.0);
    List<String> saved =
        new ArrayList<>(config.modulesToSave().stream().map(SavedModule::moduleName).toList());
    if (adapter.isOfRewardModel()) {
      saved.add(saved.indexOf(SavedModule.SCORE.moduleName()), OTHER_SCORE);
    }
    fields.put("modules_to_save", saved.isEmpty() ? null : saved);
    fields.put("peft_type", "LORA");
    fields.put("r", config.r());
    fields.put(
        "target_modules",
        config.targetModules().stream().map(LoraModule::moduleName).sorted().toList());
    if (!config.targetParameters().isEmpty()) {
      fields.put(
          "target_parameters",
          config.targetParameters().stream().map(ExpertParameter::parameterName).sorted().toList());
      if (config.doubledGateUp()) {
        fields.put("rank_pattern", Map.of(DOUBLED, 2 * config.r()));
        fields.put("alpha_pattern", Map.of(DOUBLED, whole(2 * config.alpha())));
      }
    }
    fields.put("task_type", adapter.isOfRewardModel() ? REWARD_TASK : TOKEN_TASK);
    fields.put("use_dora", config.useDora());
    fields.put("use_rslora", config.useRslora());
    AtomicFile.writeString(target.resolve(CONFIG), ModelJson.text(fields));
  }

  private static Number whole(double number) {
    return number == Math.rint(number) ? (Number) (long) number : (Number) number;
  }
}
