/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.recipe;

import dev.dpo4j.config.value.Value;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of {@code deepspeed}, {@code fsdp} and {@code fsdp_config}: all of them say, each in
 * its own words, what processes divide among themselves.
 */
final class ShardTranslation {
  private static final String SHARD = "shard";

  private static final String OFFLOAD = "offload_optimizer";

  private final Draft draft;

  ShardTranslation(Draft draft) {
    this.draft = draft;
  }

  /** The settings of DeepSpeed, as a map or as the name of a file. */
  void deepspeed(RecipeEntry entry) {
    if (asksForNothing(entry)) {
      draft.remove(entry);
      return;
    }
    ZeroSettings zero = ZeroSettings.of(entry.value());
    OptionalInt stage = zero.stage();
    if (!offload(entry, zero)) {
      return;
    }
    if (stage.isEmpty()) {
      draft.noEffect(
          entry,
          "it does not say a stage of ZeRO that can be read (zero_optimization: stage). Set shard yourself");
    } else {
      become(entry, stage.getAsInt(), "ZeRO stage " + stage.getAsInt());
    }
  }

  /**
   * Takes over that the optimizer's state lies in the host's memory.
   *
   * @return false if something is asked for that is not to be had
   */
  private boolean offload(RecipeEntry entry, ZeroSettings zero) {
    if (!zero.offloadParam().isEmpty()) {
      draft.refuse(
          entry,
          ("zero_optimization: offload_param: device: %s keeps weights outside the card's memory,"
                  + " which is not possible here. Remove offload_param; load_in_4bit, use_peft or"
                  + " offload_optimizer: true make a run smaller")
              .formatted(zero.offloadParam()));
      return false;
    }
    if (zero.offloadOptimizer().isEmpty()) {
      return true;
    }
    if (!zero.offloadsToHost()) {
      draft.refuse(
          entry,
          ("zero_optimization: offload_optimizer: device: %s is not possible here: the optimizer's"
                  + " state stays on the card or lies in the host's memory. Set device: cpu, or"
                  + " remove offload_optimizer")
              .formatted(zero.offloadOptimizer()));
      return false;
    }
    if (draft.names().isKnown(OFFLOAD) && !draft.has(OFFLOAD)) {
      draft.force(entry, OFFLOAD, RecipeValues.bool(true));
      draft.translated(
          entry,
          "became offload_optimizer: true (offload_optimizer: device: cpu; on the CPU it has no"
              + " effect)");
    }
    return true;
  }

  /** The words of FSDP, such as full_shard and auto_wrap. */
  void fsdp(RecipeEntry entry) {
    if (asksForNothing(entry)) {
      draft.remove(entry);
      return;
    }
    List<String> words =
        RecipeValues.strings(entry.value()).stream()
            .flatMap(text -> List.of(text.toLowerCase(Locale.ROOT).split("[\\s,]+")).stream())
            .toList();
    if (words.contains("full_shard") || words.contains("hybrid_shard")) {
      become(entry, 3, "full_shard");
    } else if (words.contains("shard_grad_op") || words.contains("hybrid_shard_zero2")) {
      become(entry, 2, "shard_grad_op");
    } else if (words.contains("no_shard")) {
      become(entry, 0, "no_shard");
    } else {
      become(entry, strategy(draft.value("fsdp_config")), "FSDP");
    }
  }

  /** The details of FSDP, which say what is divided where fsdp itself does not. */
  void fsdpConfig(RecipeEntry entry) {
    if (asksForNothing(entry)) {
      draft.remove(entry);
    } else if (draft.has("fsdp") || draft.has(SHARD)) {
      draft.noEffect(entry, "shard says what is divided, and its other settings do nothing here");
    } else if (draft.format() != RecipeFormat.AXOLOTL) {
      draft.noEffect(entry, "fsdp, which would switch it on, is not set");
    } else {
      become(entry, strategy(entry.value()), "FSDP");
    }
  }

  /** FSDP divides everything unless it is told otherwise. */
  private static int strategy(@Nullable Value config) {
    Map<String, Value> map = config == null ? Map.of() : RecipeValues.entries(config);
    @Nullable Value reshard = first(map, "reshard_after_forward", "fsdp_reshard_after_forward");
    @Nullable Value strategy = first(map, "sharding_strategy", "fsdp_sharding_strategy");
    String name = strategy == null ? "" : RecipeValues.show(strategy).toUpperCase(Locale.ROOT);
    if (name.contains("NO_SHARD") || name.equals("3")) {
      return 0;
    }
    boolean gradients = name.contains("SHARD_GRAD_OP") || name.equals("2");
    return gradients || (reshard != null && RecipeValues.isFalse(reshard)) ? 2 : 3;
  }

  private static @Nullable Value first(Map<String, Value> map, String one, String other) {
    return map.containsKey(one) ? map.get(one) : map.get(other);
  }

  private static boolean asksForNothing(RecipeEntry entry) {
    return RecipeValues.isNull(entry.value())
        || RecipeValues.isFalse(entry.value())
        || "".equals(RecipeValues.string(entry.value()));
  }

  private void become(RecipeEntry entry, int stage, String what) {
    if (!draft.names().isKnown(SHARD)) {
      draft.noEffect(entry, "nothing is divided among processes here");
    } else if (draft.has(SHARD)) {
      draft.noEffect(entry, "shard decides what processes divide");
    } else if (stage == 0) {
      draft.noEffect(entry, what + " divides nothing");
    } else {
      String gradients =
          stage == 2 ? "; the gradients stay whole, which full would divide with the weights" : "";
      draft.become(
          entry,
          SHARD,
          RecipeValues.text(stage == 3 ? "full" : "optimizer"),
          what + gradients + "; in one process it has no effect");
    }
  }
}
