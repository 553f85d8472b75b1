/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.recipe;

import dev.dpo4j.config.value.Value;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What becomes of {@code deepspeed}, {@code fsdp} and {@code fsdp_config}: all of them say, each in
 * its own words, what processes divide among themselves.
 */
final class ShardTranslation {
  private static final String SHARD = "shard";

  /** Where a file cannot be read, its name tells the stage, as in ds_z3_config.json. */
  private static final Pattern STAGE_IN_NAME = Pattern.compile("z(?:ero)?[-_]?([0-3])(?![0-9])");

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
    OptionalInt stage = stage(entry.value());
    if (stage.isEmpty()) {
      draft.noEffect(
          entry,
          "it does not say a stage of ZeRO that can be read (zero_optimization: stage). Set shard yourself");
    } else {
      become(entry, stage.getAsInt(), "ZeRO stage " + stage.getAsInt());
    }
  }

  private static OptionalInt stage(Value value) {
    Map<String, Value> map = RecipeValues.entries(value);
    if (!map.isEmpty()) {
      @Nullable Value zero = map.get("zero_optimization");
      Double stage =
          zero == null ? null : RecipeValues.decimal(RecipeValues.entries(zero).get("stage"));
      return stage == null ? OptionalInt.of(0) : checked(stage.intValue());
    }
    String name = String.valueOf(RecipeValues.string(value));
    OptionalInt inFile = stageInFile(name);
    if (inFile.isPresent()) {
      return inFile;
    }
    Matcher matcher = STAGE_IN_NAME.matcher(name.toLowerCase(Locale.ROOT));
    return matcher.find() ? checked(Integer.parseInt(matcher.group(1))) : OptionalInt.empty();
  }

  private static OptionalInt checked(int stage) {
    return stage >= 0 && stage <= 3 ? OptionalInt.of(stage) : OptionalInt.empty();
  }

  private static OptionalInt stageInFile(String name) {
    try {
      Path file = Path.of(name);
      if (!Files.isRegularFile(file)) {
        return OptionalInt.empty();
      }
      JsonNode stage =
          JsonMapper.shared()
              .readTree(Files.readString(file))
              .path("zero_optimization")
              .path("stage");
      return stage.isInt() ? checked(stage.asInt()) : OptionalInt.empty();
    } catch (IOException | JacksonException | InvalidPathException e) {
      // Its name may tell.
      return OptionalInt.empty();
    }
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
