/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Finds the shared folder (environment DPO4J_SHARED) and the real models; without it tests skip.
 */
final class SharedData {
  private SharedData() {}

  static Path path(String relative) {
    String shared = System.getenv("DPO4J_SHARED");
    if (shared == null || shared.isBlank()) {
      Assumptions.abort("DPO4J_SHARED is not set");
    }
    return Path.of(shared).toAbsolutePath().normalize().resolve(relative);
  }

  /** The folder of a real model, as models/get.sh leaves it. */
  static Path model(String name) {
    path(".");
    String models = System.getenv("DPO4J_MODELS");
    Path root =
        models == null || models.isBlank()
            ? Path.of(System.getProperty("user.home"), ".cache", "dpo4j-models")
            : Path.of(models);
    Path model = root.resolve(name);
    if (!Files.isDirectory(model)) {
      throw new IllegalStateException(
          model + " is missing: run " + path("models/get.sh") + " " + name);
    }
    return model;
  }

  static JsonNode json(String relative) {
    return JsonMapper.builder().build().readTree(path(relative).toFile());
  }

  static int[] ints(JsonNode array) {
    return array.valueStream().mapToInt(JsonNode::intValue).toArray();
  }
}
