/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.lora;

import dev.dpo4j.io.AtomicFile;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A folder in the layout of PEFT: {@code adapter_config.json} and {@code
 * adapter_model.safetensors}.
 *
 * <p>What an adapter says that is not built here is refused by {@link LoraFields}.
 */
public final class LoraFolder {
  /** The configuration. */
  public static final String CONFIG = "adapter_config.json";

  /** The weights. */
  public static final String WEIGHTS = "adapter_model.safetensors";

  private static final String TOKEN_TASK = "CAUSAL_LM";
  private static final String REWARD_TASK = "SEQ_CLS";
  private static final String OTHER_SCORE = "classifier";

  private static final int MOST_ADAPTERS = 16;

  private final LoraConfig config;

  /** Models that were brought here by name. */
  private static final Map<String, Path> BASES = new ConcurrentHashMap<>();

  private final @Nullable String base;

  private LoraFolder(LoraConfig config, @Nullable String base) {
    this.config = config;
    this.base = base;
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
   * The folder or file of the model that a name stands for: an adapter's base, be it below further
   * adapters, else the name itself.
   *
   * @throws ModelConfigException if the adapter does not name a base that exists
   */
  public static Path base(Path folder) {
    Path model = folder;
    for (int adapters = 0; ; adapters++) {
      ModelPlace.require(model);
      if (!isAdapter(model)) {
        return model;
      }
      if (adapters == MOST_ADAPTERS) {
        throw new ModelConfigException(
            folder.resolve(CONFIG).toString(),
            List.of(
                "base_model_name_or_path: found a chain of more than %d adapters, expected a model at its end"
                    .formatted(MOST_ADAPTERS)));
      }
      model = read(model).basePath(model);
    }
  }

  /** Where the tokenizer of a model is: an adapter's own if it has one, else its base's. */
  public static Path tokenizer(Path folder) {
    ModelPlace.require(folder);
    boolean own = !isAdapter(folder) || Files.exists(folder.resolve("tokenizer.json"));
    return own ? folder : tokenizer(read(folder).basePath(folder));
  }

  /**
   * Reads {@code adapter_config.json}.
   *
   * @throws ModelConfigException with all that is wrong or not built
   */
  static LoraFolder read(Path folder) {
    LoraFields fields = LoraFields.read(folder);
    return new LoraFolder(fields.config(), fields.base());
  }

  LoraConfig config() {
    return config;
  }

  /**
   * What the adapter is on, looked for from the working directory and from the adapter's folder: a
   * model, or the folder of another adapter.
   */
  private Path basePath(Path folder) {
    if (base == null) {
      throw new ModelConfigException(
          folder.resolve(CONFIG).toString(),
          List.of("base_model_name_or_path: found nothing, expected the folder of the base model"));
    }
    List<Path> candidates = List.of(Path.of(base), folder.resolve(base));
    for (Path candidate : candidates) {
      if (Files.exists(candidate) && !isAdapter(candidate)) {
        return candidate;
      }
    }
    Path known = BASES.get(base);
    if (known != null) {
      return known;
    }
    for (Path candidate : candidates) {
      if (isAdapter(candidate) && !real(candidate).equals(real(folder))) {
        return candidate;
      }
    }
    throw new ModelConfigException(
        folder.resolve(CONFIG).toString(),
        List.of(
            "base_model_name_or_path: found \""
                + base
                + "\", which is no folder or GGUF file of a model here; set it to the path of the"
                + " base model"));
  }

  private static Path real(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException e) {
      return path.toAbsolutePath().normalize();
    }
  }

  /** The folder of the adapter that an adapter was put on; null where it is on a model. */
  public static @Nullable Path below(Path folder) {
    Path base = read(folder).basePath(folder);
    return isAdapter(base) ? base : null;
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
    List<String> unknown = LoraSites.unknown(config.otherModules(), model);
    if (!unknown.isEmpty()) {
      throw new ModelConfigException(
          folder.resolve(CONFIG).toString(),
          List.of(
              "modules_to_save: found %s, but the base model has no such module: it has %s"
                  .formatted(unknown, LoraSites.moduleNames(model))));
    }
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
    LoraAdapter adapter = allocate(folder, model, config);
    try {
      fill(adapter, folder);
      return adapter;
    } catch (RuntimeException e) {
      adapter.close();
      throw e;
    }
  }

  private static LoraAdapter allocate(Path folder, ModelConfig model, LoraConfig config) {
    try {
      return LoraAdapter.allocate(model, config);
    } catch (IllegalArgumentException e) {
      throw new ModelConfigException(
          folder.resolve(CONFIG).toString(),
          List.of(
              "target_modules, modules_to_save: %s; expected modules of the base model: %s"
                  .formatted(e.getMessage(), LoraSites.moduleNames(model))));
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
    fields.put("bias", config.bias().peftName());
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
    saved.addAll(config.otherModules());
    fields.put("modules_to_save", saved.isEmpty() ? null : saved);
    fields.put("peft_type", "LORA");
    fields.put("r", config.r());
    putTargets(fields, config);
    fields.put("task_type", adapter.isOfRewardModel() ? REWARD_TASK : TOKEN_TASK);
    fields.put("use_dora", config.useDora());
    fields.put("use_rslora", config.useRslora());
    AtomicFile.writeString(target.resolve(CONFIG), ModelJson.text(fields));
  }

  /** What is special about layers stands there only where it is, for readers of older versions. */
  private static void putTargets(Map<String, Object> fields, LoraConfig config) {
    LoraTargets targets = config.targets();
    String pattern = targets.pattern();
    fields.put("target_modules", pattern == null ? targets.modules() : pattern);
    if (!config.targetParameters().isEmpty()) {
      fields.put(
          "target_parameters",
          config.targetParameters().stream().map(ExpertParameter::parameterName).sorted().toList());
    }
    String excluded = targets.excludedPattern();
    if (excluded != null || !targets.excluded().isEmpty()) {
      fields.put("exclude_modules", excluded == null ? targets.excluded() : excluded);
    }
    if (!targets.layers().isEmpty()) {
      fields.put("layers_to_transform", targets.layers());
      fields.put(
          "layers_pattern", targets.layersPatterns().isEmpty() ? null : targets.layersPatterns());
    }
    if (!targets.ranks().isEmpty()) {
      fields.put("rank_pattern", targets.ranks());
    }
    if (!targets.alphas().isEmpty()) {
      Map<String, Number> alphas = new LinkedHashMap<>();
      targets.alphas().forEach((name, alpha) -> alphas.put(name, whole(alpha)));
      fields.put("alpha_pattern", alphas);
    }
  }

  private static Number whole(double number) {
    return number == Math.rint(number) ? (Number) (long) number : (Number) number;
  }
}
