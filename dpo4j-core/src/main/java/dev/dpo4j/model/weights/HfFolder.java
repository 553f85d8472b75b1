/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.weights;

import dev.dpo4j.gguf.GgufFile;
import dev.dpo4j.gguf.GgufTokenizer;
import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.model.family.ConfigText;
import dev.dpo4j.model.family.GenerationConfig;
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

  private static final String TOKENIZER_CONFIG = "tokenizer_config.json";
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
    return carryOver(source, source, target, dtype, false);
  }

  /**
   * The same where the tokenizer may stand elsewhere, as that of an adapter does, and where the
   * head was torn from the embedding.
   *
   * @param tokenizer the folder or GGUF file of tokenizer and templates
   * @param untied whether the source ties its head and the target does not
   */
  public static List<String> carryOver(
      Path source, Path tokenizer, Path target, DType dtype, boolean untied) throws IOException {
    boolean own = !tokenizer.equals(source);
    List<String> written = new ArrayList<>();
    if (GgufFile.isGguf(source)) {
      written.addAll(unpack(source, target, dtype, untied));
    } else {
      written.addAll(
          copyFiles(source, target, file -> isCarried(file) && !(own && isOfTokenizer(file))));
      AtomicFile.writeString(
          target.resolve(ModelConfig.FILE_NAME), configText(source, dtype, untied));
      written.add(ModelConfig.FILE_NAME);
      if (!own) {
        copyTemplates(source, target, written);
      }
    }
    if (own) {
      carryTokenizer(tokenizer, target);
    }
    Collections.sort(written);
    return written;
  }

  /** The configuration as it was; of a model with vision, that of the text part that is saved. */
  private static String configText(Path source, DType dtype, boolean untied) {
    Path file = source.resolve(ModelConfig.FILE_NAME);
    if (!ConfigText.hasVision(file)) {
      return ConfigText.adapt(file, dtype, untied);
    }
    ModelConfig config = ModelConfig.read(source);
    return (untied ? config.untied() : config).toJson(dtype);
  }

  private static boolean isOfTokenizer(Path file) {
    String name = file.getFileName().toString();
    return CARRIED.contains(name) && !name.equals(GenerationConfig.FILE_NAME);
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
      copyFiles(source, target, HfFolder::isCarried);
      copyTemplates(source, target, new ArrayList<>());
    }
  }

  private static List<String> copyFiles(
      Path source, Path target, DirectoryStream.Filter<Path> wanted) throws IOException {
    List<String> written = new ArrayList<>();
    if (!Files.isSameFile(source, target)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(source, wanted)) {
        for (Path file : files) {
          String name = file.getFileName().toString();
          if (name.equals(TOKENIZER_CONFIG)) {
            AtomicFile.writeString(target.resolve(name), ConfigText.adaptTokenizer(file));
          } else {
            AtomicFile.copy(file, target.resolve(name));
          }
          written.add(name);
        }
      }
    }
    return written;
  }

  private static List<String> unpack(Path source, Path target, DType dtype, boolean untied)
      throws IOException {
    Map<String, String> texts = new TreeMap<>();
    try (GgufFile file = GgufFile.open(source)) {
      texts.putAll(GgufTokenizer.files(file));
    }
    ModelConfig config = ModelConfig.read(source);
    texts.put(ModelConfig.FILE_NAME, (untied ? config.untied() : config).toJson(dtype));
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
    if (!Files.isDirectory(templates) || Files.isSameFile(source, target)) {
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
