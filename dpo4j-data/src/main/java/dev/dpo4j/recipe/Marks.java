/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.recipe;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.config.value.Setting;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Tells whose file it is, by the keys that only one tool has. */
final class Marks {
  private static final String KEY = "config_format";

  private static final Set<String> LLAMAFACTORY = Set.of("stage", "finetuning_type");
  private static final Set<String> AXOLOTL = Set.of("base_model", "rl");
  private static final Set<String> TRL =
      Set.of("dataset_mixture", "dataset_mixer", "loss_type", "use_peft", "lora_target_modules");

  /** What TRL and axolotl both have marks only beside LLaMA-Factory's. */
  private static final Set<String> SHARED_WITH_AXOLOTL = Set.of("lora_target_modules");

  private Marks() {}

  /**
   * Finds the format.
   *
   * @throws ConfigException if marks of two tools stand in the file
   */
  static RecipeFormat find(List<Setting> file, List<Setting> flags) {
    for (List<Setting> source : List.of(flags, file)) {
      for (Setting setting : source) {
        if (setting.key().replace('-', '_').equals(KEY)) {
          String name =
              String.valueOf(RecipeValues.string(setting.value())).toLowerCase(Locale.ROOT);
          if (!name.equals("auto")) {
            return of(name, setting);
          }
        }
      }
    }
    Map<String, Setting> written = new LinkedHashMap<>();
    file.forEach(setting -> written.put(setting.key().replace('-', '_'), setting));
    RecipeFormat found = RecipeFormat.TRL;
    if (has(written, LLAMAFACTORY)) {
      refuse(written, LLAMAFACTORY, RecipeFormat.LLAMAFACTORY, AXOLOTL, RecipeFormat.AXOLOTL);
      refuse(written, LLAMAFACTORY, RecipeFormat.LLAMAFACTORY, TRL, RecipeFormat.TRL);
      found = RecipeFormat.LLAMAFACTORY;
    } else if (has(written, AXOLOTL)) {
      Set<String> ofTrl = new TreeSet<>(TRL);
      ofTrl.removeAll(SHARED_WITH_AXOLOTL);
      refuse(written, AXOLOTL, RecipeFormat.AXOLOTL, ofTrl, RecipeFormat.TRL);
      found = RecipeFormat.AXOLOTL;
    }
    return found;
  }

  private static RecipeFormat of(String name, Setting setting) {
    for (RecipeFormat format : RecipeFormat.values()) {
      if (format.configName().equals(name)) {
        return format;
      }
    }
    throw new ConfigException(
        new Fault(
            KEY,
            setting.where(),
            "must be one of auto, trl, llamafactory, axolotl but was " + name));
  }

  private static boolean has(Map<String, Setting> written, Set<String> marks) {
    return written.keySet().stream().anyMatch(marks::contains);
  }

  private static void refuse(
      Map<String, Setting> written,
      Set<String> ours,
      RecipeFormat one,
      Set<String> theirs,
      RecipeFormat other) {
    Setting first =
        written.values().stream()
            .filter(setting -> ours.contains(setting.key().replace('-', '_')))
            .findFirst()
            .orElseThrow();
    for (Setting setting : written.values()) {
      if (theirs.contains(setting.key().replace('-', '_'))) {
        throw new ConfigException(
            new Fault(
                setting.key(),
                setting.where(),
                "is a key of %s, but %s (%s) says that the file is one of %s. Keep the keys of one tool, or set config_format: %s or %s"
                    .formatted(
                        other.title(),
                        first.key(),
                        first.where(),
                        one.title(),
                        one.configName(),
                        other.configName())));
      }
    }
  }
}
