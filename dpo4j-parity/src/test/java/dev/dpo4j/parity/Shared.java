/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Where golden files and real models lie; without {@code DPO4J_SHARED} a test is skipped. */
final class Shared {
  private Shared() {}

  /**
   * A path below the shared folder; a skip where the variable is unset, a failure where nothing is
   * there, unless {@code DPO4J_SHARED_PARTIAL} says that only parts of the folder came along.
   */
  static Path path(String relative) {
    String root = System.getenv("DPO4J_SHARED");
    if (root == null || root.isBlank()) {
      Assumptions.abort("DPO4J_SHARED is not set");
    }
    Path path = Path.of(root, relative);
    if (!Files.exists(path)) {
      if (System.getenv("DPO4J_SHARED_PARTIAL") != null) {
        Assumptions.abort(path + " did not come along");
      }
      throw new IllegalStateException("DPO4J_SHARED is set but " + path + " does not exist");
    }
    return path;
  }

  /** What a JSON file below the shared folder holds. */
  static JsonNode json(String relative) throws IOException {
    return JsonMapper.shared().readTree(Files.readString(path(relative)));
  }

  /** The folder of a real model, built by {@code models/get.sh}. */
  static Path model(String name) {
    path("models/get.sh");
    String models = System.getenv("DPO4J_MODELS");
    Path root =
        models != null
            ? Path.of(models)
            : Path.of(System.getProperty("user.home"), ".cache", "dpo4j-models");
    Path folder = root.resolve(name);
    if (!Files.exists(folder.resolve(".complete"))) {
      throw new IllegalStateException(
          folder + " is not complete: run models/get.sh " + name + " of the shared folder");
    }
    return folder;
  }
}
