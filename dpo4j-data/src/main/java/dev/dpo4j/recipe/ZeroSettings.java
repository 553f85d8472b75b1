/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.recipe;

import dev.dpo4j.config.value.Value;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
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
 * The section {@code zero_optimization} of DeepSpeed's settings.
 *
 * @param stage what processes divide, 0 to 3; empty where it cannot be told
 * @param offloadOptimizer where the optimizer's state lies, such as {@code cpu} or {@code nvme};
 *     empty where it stays on the device
 * @param offloadParam the same of the weights
 */
record ZeroSettings(OptionalInt stage, String offloadOptimizer, String offloadParam) {
  private static final String SECTION = "zero_optimization";
  private static final String CPU = "cpu";

  /** Where a file cannot be read, its name tells the stage, as in ds_z3_config.json. */
  private static final Pattern STAGE_IN_NAME = Pattern.compile("z(?:ero)?[-_]?([0-3])(?![0-9])");

  /** Reads the settings themselves, or the file that they name. */
  static ZeroSettings of(Value value) {
    Map<String, Value> map = RecipeValues.entries(value);
    if (!map.isEmpty()) {
      return ofMap(map.get(SECTION));
    }
    String name = String.valueOf(RecipeValues.string(value));
    ZeroSettings inFile = ofFile(name);
    if (inFile != null) {
      return inFile;
    }
    Matcher matcher = STAGE_IN_NAME.matcher(name.toLowerCase(Locale.ROOT));
    OptionalInt stage =
        matcher.find() ? checked(Integer.parseInt(matcher.group(1))) : OptionalInt.empty();
    return new ZeroSettings(stage, "", "");
  }

  private static ZeroSettings ofMap(@Nullable Value section) {
    Map<String, Value> zero = section == null ? Map.of() : RecipeValues.entries(section);
    Double stage = RecipeValues.decimal(zero.get("stage"));
    String optimizer = place(zero.get("offload_optimizer"));
    return new ZeroSettings(
        stage == null ? OptionalInt.of(0) : checked(stage.intValue()),
        optimizer.isEmpty() && RecipeValues.isTrue(zero.get("cpu_offload")) ? CPU : optimizer,
        place(zero.get("offload_param")));
  }

  private static String place(@Nullable Value offload) {
    return offload == null ? "" : named(RecipeValues.string(device(offload)));
  }

  private static @Nullable Value device(Value offload) {
    return RecipeValues.entries(offload).get("device");
  }

  private static @Nullable ZeroSettings ofFile(String name) {
    try {
      Path file = Path.of(name);
      if (!Files.isRegularFile(file)) {
        return null;
      }
      JsonNode zero = JsonMapper.shared().readTree(Files.readString(file)).path(SECTION);
      JsonNode stage = zero.path("stage");
      String optimizer = named(zero.path("offload_optimizer").path("device").asString(""));
      return stage.isInt()
          ? new ZeroSettings(
              checked(stage.asInt()),
              optimizer.isEmpty() && zero.path("cpu_offload").asBoolean(false) ? CPU : optimizer,
              named(zero.path("offload_param").path("device").asString("")))
          : null;
    } catch (IOException | JacksonException | InvalidPathException e) {
      // Its name may tell.
      return null;
    }
  }

  /** DeepSpeed's word for the device itself is none. */
  private static String named(@Nullable String device) {
    String name = device == null ? "" : device.toLowerCase(Locale.ROOT).strip();
    return name.equals("none") ? "" : name;
  }

  private static OptionalInt checked(int stage) {
    return stage >= 0 && stage <= 3 ? OptionalInt.of(stage) : OptionalInt.empty();
  }

  /** Whether the optimizer's state lies in the host's memory. */
  boolean offloadsToHost() {
    return offloadOptimizer.equals(CPU);
  }
}
