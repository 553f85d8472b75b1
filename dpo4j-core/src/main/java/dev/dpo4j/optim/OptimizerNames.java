/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim;

import dev.dpo4j.config.value.EditDistance;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What the names of {@code optim} mean: those of transformers, and our own. */
public final class OptimizerNames {
  private static final String SAME_STEP = "%s is taken as %s: the same step, in float32";
  private static final String EIGHT_BITS = "%s is taken as %s: its running means are 8-bit floats";

  private static final Map<String, Meaning> KNOWN = known();
  private static final Map<String, String> REFUSED = refused();

  private OptimizerNames() {}

  /**
   * What a name means.
   *
   * @param type the rule
   * @param name our own name of it
   * @param note what became of the name, in a line; empty where it means what it says
   */
  public record Meaning(OptimizerType type, String name, String note) {}

  private static Map<String, Meaning> known() {
    Map<String, Meaning> known = new LinkedHashMap<>();
    own(known, OptimizerType.ADAMW, "adamw_torch_fused", "adamw_torch", "adamw");
    own(known, OptimizerType.ADAMW_BF16_STATES, "adamw_bf16_states");
    own(known, OptimizerType.ADAMW_8BIT, "adamw_8bit");
    own(known, OptimizerType.SGD, "sgd");
    own(known, OptimizerType.RMSPROP, "rmsprop");
    own(known, OptimizerType.ADAGRAD, "adagrad");
    own(known, OptimizerType.ADAFACTOR, "adafactor");
    own(known, OptimizerType.LION, "lion");
    own(known, OptimizerType.ADEMAMIX, "ademamix");
    String[] adamw = {
      "adamw_torch_xla", "adamw_torch_npu_fused", "paged_adamw", "paged_adamw_32bit"
    };
    translated(known, OptimizerType.ADAMW, "adamw_torch_fused", SAME_STEP, adamw);
    String[] narrow = {
      "adamw_bnb_8bit", "paged_adamw_8bit", "adamw_torch_8bit", "adamw_torch_4bit"
    };
    translated(known, OptimizerType.ADAMW_8BIT, "adamw_8bit", EIGHT_BITS, narrow);
    String[] rmsprop = {"rmsprop_bnb", "rmsprop_bnb_8bit", "rmsprop_bnb_32bit"};
    translated(known, OptimizerType.RMSPROP, "rmsprop", SAME_STEP, rmsprop);
    String[] lion = {"lion_32bit", "lion_8bit", "paged_lion_32bit", "paged_lion_8bit"};
    translated(known, OptimizerType.LION, "lion", SAME_STEP, lion);
    String[] ademamix = {"ademamix_8bit", "paged_ademamix_32bit", "paged_ademamix_8bit"};
    translated(known, OptimizerType.ADEMAMIX, "ademamix", SAME_STEP, ademamix);
    return Collections.unmodifiableMap(known);
  }

  private static void own(Map<String, Meaning> known, OptimizerType type, String... names) {
    for (String name : names) {
      known.put(name, new Meaning(type, names[0], ""));
    }
  }

  private static void translated(
      Map<String, Meaning> known, OptimizerType type, String to, String note, String... names) {
    for (String name : names) {
      known.put(name, new Meaning(type, to, note.formatted(name, to)));
    }
  }

  private static Map<String, String> refused() {
    Map<String, String> refused = new LinkedHashMap<>();
    String projects = "projects gradients to a low rank, which is not built: write adamw_8bit";
    for (String name :
        new String[] {
          "galore_adamw",
          "galore_adamw_8bit",
          "galore_adafactor",
          "galore_adamw_layerwise",
          "galore_adamw_8bit_layerwise",
          "galore_adafactor_layerwise",
          "apollo_adamw",
          "apollo_adamw_layerwise"
        }) {
      refused.put(name, projects);
    }
    String atOnce = "updates while it computes gradients, which is not built: write adafactor";
    refused.put("lomo", atOnce);
    refused.put("adalomo", atOnce);
    String free = "averages the weights instead of a schedule, which is not built: write ";
    refused.put("schedule_free_adamw", free + "adamw_torch");
    refused.put("schedule_free_radam", free + "adamw_torch");
    refused.put("schedule_free_sgd", free + "sgd");
    refused.put("grokadamw", "filters gradients, which is not built: write adamw_torch");
    refused.put("stable_adamw", "clips its updates, which is not built: write adamw_torch");
    refused.put("adamw_anyprecision", "is not built: write adamw_torch, or adamw_bf16_states");
    refused.put("adamw_hf", "is gone from transformers: write adamw_torch");
    refused.put("adamw_apex_fused", "is a class of apex: write adamw_torch");
    refused.put("muon", "orthogonalises its updates, which is not built: write adamw_torch");
    return refused;
  }

  /** Returns what a name means, or empty if it is none of ours. */
  public static Optional<Meaning> find(String name) {
    return Optional.ofNullable(KNOWN.get(name));
  }

  /** Returns all names and what they mean, our own first. */
  public static Map<String, Meaning> all() {
    return KNOWN;
  }

  /** Returns why a name is refused, and what to write instead. */
  static String refusal(String name) {
    String reason = REFUSED.get(name);
    if (reason != null) {
      return "%s %s".formatted(name, reason);
    }
    return EditDistance.nearest(name, KNOWN.keySet())
        .map(near -> "is not an optimizer: \"%s\"; did you mean %s?".formatted(name, near))
        .orElse(
            "is not an optimizer: \"%s\"; expected one of %s"
                .formatted(name, String.join(", ", KNOWN.keySet())));
  }
}
