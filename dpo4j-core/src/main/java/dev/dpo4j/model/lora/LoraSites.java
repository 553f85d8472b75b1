/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.lora;

import dev.dpo4j.model.family.LayerTensors;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.WeightNames;
import dev.dpo4j.model.weights.SavedModule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Where an adapter is on a model: its layers, and the weights that it replaces as a whole. */
final class LoraSites {
  private static final String PEFT = "base_model.model.";
  private static final String EXPERTS = ".mlp.experts";
  private static final String BIAS = ".bias";

  private final ModelConfig model;
  private final LoraConfig config;
  private final List<Map<LoraModule, Site>> layers = new ArrayList<>();
  private final Map<String, Whole> whole = new LinkedHashMap<>();

  /**
   * An adapted layer.
   *
   * @param rank its rank
   * @param scale what its update is multiplied by
   */
  record Site(LoraModule module, int rank, double scale) {}

  /**
   * A weight that is trained as a whole.
   *
   * @param adapter its name in a file of PEFT
   * @param matrix whether weight decay applies
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Whole(String adapter, boolean matrix, long... shape) {}

  /**
   * Finds the places.
   *
   * @throws IllegalArgumentException if there is none, or if a weight has an adapter and is trained
   *     as a whole
   */
  LoraSites(ModelConfig model, LoraConfig config) {
    this.model = model;
    this.config = config;
    Set<String> saved = new TreeSet<>(config.otherModules());
    config.modulesToSave().forEach(module -> saved.add(module.moduleName()));
    boolean found = !config.targetParameters().isEmpty();
    for (int layer = 0; layer < model.layers(); layer++) {
      Map<LoraModule, Site> sites = new EnumMap<>(LoraModule.class);
      for (LoraModule module : LoraModule.values()) {
        String key = key(layer, module);
        if (module.isIn(model, layer)
            && config.targets().contains(key)
            && !LoraTargets.isPartOf(saved, key)) {
          sites.put(module, new Site(module, config.rank(key), config.scale(key)));
        }
      }
      found |= !sites.isEmpty();
      layers.add(sites);
    }
    if (!found) {
      throw new IllegalArgumentException(
          "no layer is left: the model has %s in %d layers, and the adapter is to be on %s"
              .formatted(names(LoraModule.all(model)), model.layers(), config.describe()));
    }
    findWhole();
  }

  private void findWhole() {
    if (config.otherModules().isEmpty() && config.bias() == LoraBias.NONE) {
      return;
    }
    for (int layer = 0; layer < model.layers(); layer++) {
      for (LayerTensors.Entry entry : LayerTensors.of(model, layer)) {
        addWhole(WeightNames.ofLayer(layer, entry.part()), layer, entry.matrix(), entry.shape());
      }
    }
    addWhole(WeightNames.FINAL_NORM, -1, false, model.hiddenSize());
  }

  private void addWhole(String name, int layer, boolean matrix, long... shape) {
    String path = name.substring(0, name.lastIndexOf('.'));
    Site site =
        layer < 0
            ? null
            : layers.get(layer).values().stream()
                .filter(s -> s.module().weight(layer).equals(path + ".weight"))
                .findFirst()
                .orElse(null);
    if (isWhole(config.otherModules(), path)) {
      if (site != null) {
        throw new IllegalArgumentException(
            "modules_to_save trains %s as a whole, and it is to have an adapter too"
                .formatted(path));
      }
      if (path.contains(EXPERTS)) {
        throw new IllegalArgumentException(
            "modules_to_save names experts (%s), which are not trained as a whole: adapters on them are target_parameters"
                .formatted(path));
      }
      whole.put(name, new Whole(PEFT + name, matrix, shape));
    } else if (name.endsWith(BIAS) && isTrainedBias(site != null)) {
      String inner = site == null ? path : path + ".base_layer";
      whole.put(name, new Whole(PEFT + inner + BIAS, false, shape));
    }
  }

  private boolean isTrainedBias(boolean adapted) {
    return config.bias() == LoraBias.ALL || (config.bias() == LoraBias.LORA_ONLY && adapted);
  }

  /** Whether a module, or one that it is part of, has a name that ends in one of these. */
  private static boolean isWhole(Set<String> names, String path) {
    String module = path;
    while (true) {
      String now = module;
      if (names.stream().anyMatch(now::endsWith)) {
        return true;
      }
      int dot = module.lastIndexOf('.');
      if (dot < 0) {
        return false;
      }
      module = module.substring(0, dot);
    }
  }

  /** Names of {@code modules_to_save} that mean no module of a model. */
  static List<String> unknown(Set<String> names, ModelConfig model) {
    List<String> paths = new ArrayList<>();
    for (int layer = 0; layer < model.layers(); layer++) {
      for (LayerTensors.Entry entry : LayerTensors.of(model, layer)) {
        paths.add(path(WeightNames.ofLayer(layer, entry.part())));
      }
    }
    paths.add(path(WeightNames.FINAL_NORM));
    return names.stream()
        .filter(name -> paths.stream().noneMatch(path -> isWhole(Set.of(name), path)))
        .toList();
  }

  private static String path(String name) {
    return name.substring(0, name.lastIndexOf('.'));
  }

  /** The names by which a model's modules can be called, for messages. */
  static List<String> moduleNames(ModelConfig model) {
    Set<String> names = new TreeSet<>();
    for (LayerTensors.Entry entry : LayerTensors.of(model, 0)) {
      String path = path("." + entry.part());
      if (!path.contains(EXPERTS)) {
        names.add(path.substring(path.lastIndexOf('.') + 1));
      }
    }
    names.add("norm");
    for (SavedModule module : SavedModule.values()) {
      if (module.isIn(model)) {
        names.add(module.moduleName());
      }
    }
    return List.copyOf(names);
  }

  private static List<String> names(Set<LoraModule> modules) {
    return modules.stream().map(LoraModule::moduleName).toList();
  }

  /** The whole name of a layer's module, by which PEFT matches it. */
  private String key(int layer, LoraModule module) {
    String name = path(module.weight(layer));
    return model.textPart() ? name.replaceFirst("^model\\.", "model.language_model.") : name;
  }

  /** Fields of a configuration that have no effect on a model, with the reason. */
  static Map<String, String> idle(ModelConfig model, LoraConfig config) {
    Map<String, String> idle = new LinkedHashMap<>();
    LoraTargets targets = config.targets();
    List<Integer> missing = targets.layers().stream().filter(l -> l >= model.layers()).toList();
    if (!missing.isEmpty()) {
      idle.put(
          "layers_to_transform",
          "names the layers %s, but the model has %d, counted from 0"
              .formatted(missing, model.layers()));
    }
    List<String> unknown = unknown(config.otherModules(), model);
    if (!unknown.isEmpty()) {
      idle.put(
          "lora_modules_to_save",
          "names %s, which the model does not have: it has %s"
              .formatted(unknown, moduleNames(model)));
    }
    if (!idle.isEmpty()) {
      return idle;
    }
    LoraSites sites;
    try {
      sites = new LoraSites(model, config);
    } catch (IllegalArgumentException e) {
      idle.put("lora_target_modules", "cannot be met: " + e.getMessage());
      return idle;
    }
    List<String> keys = sites.keys();
    idle("rank_pattern", targets.ranks().keySet(), keys, idle);
    idle("alpha_pattern", targets.alphas().keySet(), keys, idle);
    if (targets.excludes() && keys.equals(new LoraSites(model, config.notExcluding()).keys())) {
      idle.put("exclude_modules", "has no effect: it excludes none of the layers with an adapter");
    }
    if (config.bias() != LoraBias.NONE
        && sites.whole.values().stream().noneMatch(whole -> whole.adapter().endsWith(BIAS))) {
      idle.put("bias", "has no effect: these layers of the model have no bias");
    }
    return idle;
  }

  private static void idle(
      String field, Set<String> patterns, List<String> keys, Map<String, String> idle) {
    for (String pattern : patterns) {
      if (keys.stream().noneMatch(key -> LoraTargets.fits(pattern, key))) {
        idle.put(
            field,
            "has \"%s\", which fits no module with an adapter; one is called %s"
                .formatted(pattern, keys.get(0)));
      }
    }
  }

  /** The whole names of all modules with an adapter. */
  List<String> moduleKeys() {
    List<String> keys = new ArrayList<>();
    for (int layer = 0; layer < model.layers(); layer++) {
      for (LoraModule module : modules(layer)) {
        keys.add(key(layer, module));
      }
    }
    return keys;
  }

  /** The whole names of all modules and parameters with an adapter. */
  private List<String> keys() {
    List<String> keys = moduleKeys();
    for (int layer = 0; layer < model.layers(); layer++) {
      for (ExpertParameter parameter : config.targetParameters()) {
        keys.add(parameter.key(layer));
      }
    }
    return keys;
  }

  /** The adapted modules of a layer. */
  List<LoraModule> modules(int layer) {
    return List.copyOf(layers.get(layer).keySet());
  }

  /** The adapted modules of all layers. */
  Set<LoraModule> modules() {
    EnumSet<LoraModule> all = EnumSet.noneOf(LoraModule.class);
    layers.forEach(layer -> all.addAll(layer.keySet()));
    return all;
  }

  /** What is on a module. */
  Site site(int layer, LoraModule module) {
    Site site = layers.get(layer).get(module);
    if (site == null) {
      throw new IllegalArgumentException("layer %d has no adapter on %s".formatted(layer, module));
    }
    return site;
  }

  /** The adapted modules of a layer that are among some, those of one rank and scale together. */
  List<List<Site>> alike(int layer, Set<LoraModule> some) {
    Map<String, List<Site>> alike =
        layers.get(layer).values().stream()
            .filter(site -> some.contains(site.module()))
            .collect(
                Collectors.groupingBy(
                    site -> site.rank() + " " + site.scale(),
                    LinkedHashMap::new,
                    Collectors.toList()));
    return List.copyOf(alike.values());
  }

  /** The weights that are trained as a whole, beside embedding and head, by their names. */
  Map<String, Whole> whole() {
    return Collections.unmodifiableMap(whole);
  }

  /** Names of the list of modules that mean one of this model. */
  List<String> namesInUse() {
    return config.targets().modules().stream()
        .filter(
            name -> {
              for (int layer = 0; layer < model.layers(); layer++) {
                for (LoraModule module : LoraModule.values()) {
                  if (module.isIn(model, layer)
                      && LoraTargets.isNamed(Set.of(name), key(layer, module))) {
                    return true;
                  }
                }
              }
              return false;
            })
        .toList();
  }

  /** What tells two adapters of the same shapes apart: scales, one after the other. */
  String scales() {
    return layers.stream()
        .map(
            layer ->
                layer.values().stream()
                    .map(site -> site.module() + "=" + site.scale())
                    .collect(Collectors.joining(",")))
        .collect(Collectors.joining(";"));
  }
}
