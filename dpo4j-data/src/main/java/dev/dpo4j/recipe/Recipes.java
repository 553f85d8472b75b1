/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.recipe;

import dev.dpo4j.config.value.Setting;
import dev.dpo4j.config.value.Value;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a configuration file says about itself. */
public final class Recipes {
  private static final Set<String> SUPERVISED =
      Set.of(
          "assistant_only_loss",
          "completion_only_loss",
          "packing",
          "packing_strategy",
          "eos_token",
          "max_seq_length",
          "chat_template",
          "chat_template_path",
          "dataset_text_field",
          "dataset_kwargs");
  private static final Set<String> PAIRED =
      Set.of("beta", "ref_model_name_or_path", "rpo_alpha", "simpo_gamma", "gamma_beta_ratio");
  private static final Set<String> LABELLED = Set.of("desirable_weight", "undesirable_weight");

  private static final String OF_REWARDS = "center_rewards_coefficient";

  private Recipes() {}

  /** Returns the method that a file is for; dpo where it does not tell. */
  public static RecipeMethod methodOf(List<Setting> file) {
    Map<String, Value> keys = new LinkedHashMap<>();
    file.forEach(setting -> keys.put(setting.key().replace('-', '_'), setting.value()));
    return switch (Marks.find(file, List.of())) {
      case LLAMAFACTORY -> named(keys.get("stage"));
      case AXOLOTL -> named(keys.get("rl"));
      case TRL -> {
        if (keys.keySet().stream().anyMatch(LABELLED::contains)) {
          yield RecipeMethod.KTO;
        }
        if (keys.containsKey(OF_REWARDS)) {
          yield RecipeMethod.REWARD;
        }
        boolean paired = keys.keySet().stream().anyMatch(PAIRED::contains);
        yield !paired && keys.keySet().stream().anyMatch(SUPERVISED::contains)
            ? RecipeMethod.SFT
            : RecipeMethod.DPO;
      }
    };
  }

  private static RecipeMethod named(@Nullable Value value) {
    String name = RecipeValues.string(value);
    if (name == null) {
      return RecipeMethod.SFT;
    }
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "kto" -> RecipeMethod.KTO;
      case "rm" -> RecipeMethod.REWARD;
      case "dpo", "ipo", "orpo", "simpo" -> RecipeMethod.DPO;
      default -> RecipeMethod.SFT;
    };
  }
}
