/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.lora;

import dev.dpo4j.gguf.GgufFile;
import dev.dpo4j.io.ModelFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Tells whether a path can be a model at all, before one of its files is missed by name. */
final class ModelPlace {
  private static final List<String> SIGNS =
      List.of("config.json", LoraFolder.CONFIG, "tokenizer.json");
  private static final int NAMES_SHOWN = 6;
  private static final String NEEDED =
      " A model folder holds config.json, tokenizer.json and *.safetensors, or instead"
          + " adapter_config.json and adapter_model.safetensors; `dpo4j hub download NAME` fetches one.";

  private ModelPlace() {}

  /**
   * Refuses what is no model.
   *
   * @throws ModelFileException with what was found there
   */
  static void require(Path path) {
    if (!Files.exists(path)) {
      throw new ModelFileException(
          "%s does not exist: expected a model folder, a GGUF file, or a name on the Hub such as Qwen/Qwen2.5-0.5B-Instruct."
                  .formatted(path)
              + NEEDED);
    }
    if (Files.isRegularFile(path)) {
      if (!GgufFile.isGguf(path)) {
        throw new ModelFileException(
            "%s is a file, but neither a model folder nor a GGUF file.".formatted(path) + NEEDED);
      }
      return;
    }
    if (!isModel(path)) {
      throw new ModelFileException(
          "%s is no model folder: %s.".formatted(path, found(path)) + NEEDED);
    }
  }

  private static boolean isModel(Path folder) {
    return SIGNS.stream().anyMatch(name -> Files.exists(folder.resolve(name)));
  }

  private static String found(Path folder) {
    try (Stream<Path> list = Files.list(folder)) {
      List<Path> files = list.sorted().toList();
      if (files.isEmpty()) {
        return "it is empty";
      }
      String inner =
          files.stream()
              .filter(file -> Files.isDirectory(file) && isModel(file))
              .map(Path::toString)
              .collect(Collectors.joining(", "));
      if (!inner.isEmpty()) {
        return "the model is in " + inner;
      }
      String names =
          files.stream()
              .limit(NAMES_SHOWN)
              .map(file -> String.valueOf(file.getFileName()))
              .collect(Collectors.joining(", "));
      return "it holds " + names + (files.size() > NAMES_SHOWN ? ", ..." : "");
    } catch (IOException e) {
      return "it cannot be listed (" + e.getClass().getSimpleName() + ")";
    }
  }
}
