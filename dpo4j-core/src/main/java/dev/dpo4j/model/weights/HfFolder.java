/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.weights;

import dev.dpo4j.gguf.GgufFile;
import dev.dpo4j.gguf.GgufTokenizer;
import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.model.family.ConfigDtype;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.ModelConfigException;
import dev.dpo4j.tensor.DType;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The files beside the weights in a Hugging Face folder, and how they come from the folder of the
 * model that was trained into the folder of the result.
 */
public final class HfFolder {
  private static final Set<String> CARRIED =
      Set.of(
          "generation_config.json",
          "tokenizer.json",
          "tokenizer_config.json",
          "tokenizer.model",
          "special_tokens_map.json",
          "added_tokens.json",
          "vocab.json",
          "merges.txt",
          "chat_template.jinja",
          "chat_template.json");

  private static final String TEMPLATES = "additional_chat_templates";

  private HfFolder() {}

  /**
   * Copies everything but the weights: tokenizer, templates, generation settings and licence
   * unchanged, config.json with the element type of the new weights and otherwise as it was, to the
   * order of its keys.
   *
   * <p>From a GGUF file, configuration, tokenizer and template are written out.
   *
   * @param source the folder or GGUF file of the model that was read
   * @param target an existing folder
   * @param dtype the element type of the weights in the target
   * @return the names of the files written, sorted
   * @throws ModelConfigException when the source has no usable config.json
   * @throws IOException when a file cannot be copied
   */
  public static List<String> carryOver(Path source, Path target, DType dtype) throws IOException {
    if (GgufFile.isGguf(source)) {
      return unpack(source, target, dtype);
    }
    List<String> written = copyFiles(source, target);
    Path config = source.resolve(ModelConfig.FILE_NAME);
    AtomicFile.writeString(
        target.resolve(ModelConfig.FILE_NAME), ConfigDtype.replace(config, dtype));
    written.add(ModelConfig.FILE_NAME);
    Collections.sort(written);
    return written;
  }

  /**
   * Copies what a folder with an adapter has beside it: the files of {@link #carryOver} without
   * config.json.
   */
  public static void carryTokenizer(Path source, Path target) throws IOException {
    if (GgufFile.isGguf(source)) {
      try (GgufFile file = GgufFile.open(source)) {
        writeTexts(GgufTokenizer.files(file), target);
      }
    } else {
      copyFiles(source, target);
    }
  }

  private static List<String> copyFiles(Path source, Path target) throws IOException {
    List<String> written = new ArrayList<>();
    if (!Files.isSameFile(source, target)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(source, HfFolder::isCarried)) {
        for (Path file : files) {
          String name = file.getFileName().toString();
          AtomicFile.copy(file, target.resolve(name));
          written.add(name);
        }
      }
      copyTemplates(source, target, written);
    }
    return written;
  }

  private static List<String> unpack(Path source, Path target, DType dtype) throws IOException {
    Map<String, String> texts = new TreeMap<>();
    try (GgufFile file = GgufFile.open(source)) {
      texts.putAll(GgufTokenizer.files(file));
    }
    texts.put(ModelConfig.FILE_NAME, ModelConfig.read(source).toJson(dtype));
    writeTexts(texts, target);
    return List.copyOf(texts.keySet());
  }

  private static void writeTexts(Map<String, String> texts, Path target) throws IOException {
    for (Map.Entry<String, String> text : texts.entrySet()) {
      AtomicFile.writeString(target.resolve(text.getKey()), text.getValue());
    }
  }

  private static boolean isCarried(Path file) {
    String name = file.getFileName().toString();
    boolean legal = name.startsWith("LICENSE") || name.startsWith("NOTICE");
    return (CARRIED.contains(name) || legal) && Files.isRegularFile(file);
  }

  private static void copyTemplates(Path source, Path target, List<String> written)
      throws IOException {
    Path templates = source.resolve(TEMPLATES);
    if (!Files.isDirectory(templates)) {
      return;
    }
    Path copies = Files.createDirectories(target.resolve(TEMPLATES));
    try (DirectoryStream<Path> files = Files.newDirectoryStream(templates, "*.jinja")) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        AtomicFile.copy(file, copies.resolve(name));
        written.add(TEMPLATES + "/" + name);
      }
    }
  }
}
