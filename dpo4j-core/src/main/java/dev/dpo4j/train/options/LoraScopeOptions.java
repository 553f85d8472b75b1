/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.options;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import dev.dpo4j.config.value.EditDistance;
import dev.dpo4j.model.lora.LoraBias;
import dev.dpo4j.model.lora.LoraModule;
import dev.dpo4j.model.lora.LoraTargets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What an adapter does otherwise in some layers, and which biases train; names as in PEFT. */
public record LoraScopeOptions(
    @Option(
            help =
                "Ranks of single layers, as {PATTERN: RANK}. A pattern is a regular expression for "
                    + "the end of a module's name, such as q_proj or layers.0.mlp.down_proj; the "
                    + "first that fits decides.",
            difference = "TRL has no such key; PEFT has it.")
        @Nullable Map<String, Integer> rankPattern,
    @Option(
            help = "Alphas of single layers, by the same patterns as in rank_pattern.",
            difference = "TRL has no such key; PEFT has it.")
        @Nullable Map<String, Double> alphaPattern,
    @Option(
            help =
                "Layers that get no adapter although lora_target_modules selects them: names as "
                    + "there, or one regular expression for the whole name.",
            difference = "TRL has no such key; PEFT has it.")
        @Nullable List<String> excludeModules,
    @Option(
            range = "[0,inf)",
            help = "Numbers of the decoder layers that get an adapter, from 0; null means all.",
            difference = "TRL has no such key; PEFT has it.")
        @Nullable List<Integer> layersToTransform,
    @Option(
            help =
                "What stands before the number of a layer in a module's name, for "
                    + "layers_to_transform; null means any name.",
            difference = "TRL has no such key; PEFT has it.")
        @Nullable List<String> layersPattern,
    @Option(
            defaultValue = "none",
            help =
                "Biases of the model that train beside the adapter: none, all, or those of the "
                    + "layers with an adapter (lora_only). The reference keeps the old ones.",
            difference =
                "TRL has no such key; PEFT has it. With the adapter switched off, PEFT also "
                    + "computes the reference with the trained biases.")
        LoraBias bias)
    implements Checked {
  static final String ALL_LINEAR = "all-linear";

  /** Nothing of it. */
  static final LoraScopeOptions NONE =
      new LoraScopeOptions(null, null, null, null, null, LoraBias.NONE);

  private static final Set<String> KEYS =
      Set.of(
          "rank_pattern",
          "alpha_pattern",
          "exclude_modules",
          "layers_to_transform",
          "layers_pattern",
          "bias");

  @Override
  public void check(Check check) {
    if (layersToTransform == null) {
      check.noEffect("layers_pattern", "without layers_to_transform");
    }
    checkPatterns(check, "rank_pattern", rankPattern);
    checkPatterns(check, "alpha_pattern", alphaPattern);
    if (rankPattern != null) {
      rankPattern.forEach(
          (name, rank) -> {
            if (rank < 1) {
              check.fault("rank_pattern", "must give ranks of at least 1 but gives " + rank);
            }
          });
    }
    if (alphaPattern != null) {
      alphaPattern.forEach(
          (name, alpha) -> {
            if (!(alpha > 0) || alpha.isInfinite()) {
              check.fault("alpha_pattern", "must give numbers above 0 but gives " + alpha);
            }
          });
    }
    checkNames(check, "exclude_modules", excludeModules);
    if (layersToTransform != null && layersToTransform.isEmpty()) {
      check.fault("layers_to_transform", "must name a layer, or be null for all");
    }
  }

  private static void checkPatterns(Check check, String key, @Nullable Map<String, ?> patterns) {
    if (patterns == null) {
      return;
    }
    if (patterns.isEmpty()) {
      check.fault(key, "must have a pattern, or be null");
    }
    for (String pattern : patterns.keySet()) {
      String fault = LoraTargets.fault(pattern);
      if (fault != null) {
        check.fault(key, "has \"" + pattern + "\", which " + fault);
      }
    }
  }

  /** Checks a list of names, or one regular expression. */
  static void checkNames(Check check, String key, @Nullable List<String> names) {
    if (names == null) {
      return;
    }
    if (names.isEmpty()) {
      check.fault(key, "must name a layer, or be null");
    } else if (Set.copyOf(names).size() < names.size()) {
      check.fault(key, "names a layer twice");
    }
    List<String> patterns = names.stream().filter(LoraTargets::isPattern).toList();
    if (patterns.size() > 0 && names.size() > 1) {
      check.fault(
          key,
          "has the regular expression \""
              + patterns.get(0)
              + "\" among other names: give one expression alone, or names alone");
    }
    for (String pattern : patterns) {
      String fault = LoraTargets.fault(pattern);
      if (fault != null) {
        check.fault(key, "is \"" + pattern + "\", which " + fault);
      }
    }
  }

  /** Checks the layers of lora_target_modules, as far as nobody needs the model for it. */
  void checkTargets(Check check, @Nullable List<String> modules) {
    checkNames(check, "lora_target_modules", modules);
    if (modules == null) {
      return;
    }
    if (modules.contains(ALL_LINEAR)) {
      if (modules.size() > 1) {
        check.fault("lora_target_modules", "all-linear stands for all layers: name no other");
      }
      return;
    }
    if (pattern(modules) != null) {
      if (layersToTransform != null) {
        check.fault(
            "layers_to_transform",
            "has no effect with a regular expression in lora_target_modules: write the layers into"
                + " the expression");
      }
      return;
    }
    for (String name : modules) {
      if (LoraModule.of(lastPart(name)).isEmpty() && !LoraTargets.isPattern(name)) {
        String near =
            EditDistance.nearest(name, LoraModule.names())
                .map(known -> "; did you mean \"" + known + "\"?")
                .orElse("");
        check.fault(
            "lora_target_modules",
            "must be all-linear or names of %s but was \"%s\"%s. The embedding and the head are trained as a whole: see lora_modules_to_save"
                .formatted(String.join(", ", LoraModule.names()), name, near));
      }
    }
  }

  static String lastPart(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  /** Refuses what has no effect in a run that trains no adapter. */
  static void checkWithoutAdapter(Check check) {
    check.noEffect(KEYS, "without use_peft", "use_peft");
  }

  /** One regular expression, or null where names are meant. */
  static @Nullable String pattern(@Nullable List<String> names) {
    return names != null && names.size() == 1 && LoraTargets.isPattern(names.get(0))
        ? names.get(0)
        : null;
  }

  /** These layers, without what is excluded here and with the ranks and alphas of here. */
  LoraTargets targets(List<String> modules, @Nullable String pattern) {
    String excludedPattern = pattern(excludeModules);
    List<String> excluded =
        excludeModules == null || excludedPattern != null ? List.of() : excludeModules;
    return new LoraTargets(
        pattern == null ? modules : List.of(),
        pattern,
        excluded,
        excludedPattern,
        layersToTransform == null ? List.of() : layersToTransform,
        layersPattern == null ? List.of() : layersPattern,
        rankPattern == null ? Map.of() : rankPattern,
        alphaPattern == null ? Map.of() : alphaPattern);
  }

  /** The keys that are set, with what an adapter that is trained on has there. */
  Map<String, Object[]> comparedWith(LoraTargets has, LoraBias hasBias) {
    LoraTargets wanted = targets(List.of(), null);
    Map<String, Object[]> compared = new LinkedHashMap<>();
    if (rankPattern != null) {
      compared.put("rank_pattern", new Object[] {wanted.ranks(), has.ranks()});
    }
    if (alphaPattern != null) {
      compared.put("alpha_pattern", new Object[] {wanted.alphas(), has.alphas()});
    }
    if (excludeModules != null) {
      compared.put(
          "exclude_modules",
          new Object[] {
            List.of(wanted.excluded(), String.valueOf(wanted.excludedPattern())),
            List.of(has.excluded(), String.valueOf(has.excludedPattern()))
          });
    }
    if (layersToTransform != null) {
      compared.put("layers_to_transform", new Object[] {wanted.layers(), has.layers()});
    }
    if (layersPattern != null) {
      compared.put("layers_pattern", new Object[] {wanted.layersPatterns(), has.layersPatterns()});
    }
    if (bias != LoraBias.NONE) {
      compared.put("bias", new Object[] {bias, hasBias});
    }
    return compared;
  }
}
