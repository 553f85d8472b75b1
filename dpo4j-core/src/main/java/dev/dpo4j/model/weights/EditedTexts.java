/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.weights;

import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.model.family.ConfigText;
import dev.dpo4j.model.family.GenerationConfig;
import dev.dpo4j.tokenizer.TextEdits;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Brings a template and an end of sequences that a run was given into the folder of its result. */
public final class EditedTexts {
  private static final String TEMPLATE = "chat_template.jinja";

  /** Where templates stood before: nothing reads them beside the new one. */
  private static final String OLD_TEMPLATE = "chat_template.json";

  private static final String MORE_TEMPLATES = "additional_chat_templates";

  private EditedTexts() {}

  /**
   * Changes the files of a folder, which otherwise stay as they are.
   *
   * @param edits what is changed
   * @param folder holds the tokenizer of the model, and with a whole model its configuration
   * @throws IOException when a file cannot be written
   */
  public static void write(TextEdits edits, Path folder) throws IOException {
    String template = edits.template();
    if (template != null) {
      AtomicFile.writeString(folder.resolve(TEMPLATE), template);
      Files.deleteIfExists(folder.resolve(OLD_TEMPLATE));
      deleteTemplates(folder.resolve(MORE_TEMPLATES));
    }
    for (Map.Entry<String, Map<String, String>> edit : edits.values().entrySet()) {
      Path file = folder.resolve(edit.getKey());
      // An adapter has no config.json of its own, but where it ends must stand somewhere.
      if (Files.exists(file) || edit.getKey().equals(GenerationConfig.FILE_NAME)) {
        String text = Files.exists(file) ? ConfigText.read(file) : "{}\n";
        AtomicFile.writeString(file, ConfigText.replace(text, edit.getValue()));
      }
    }
  }

  private static void deleteTemplates(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.jinja")) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
    try (DirectoryStream<Path> left = Files.newDirectoryStream(folder)) {
      if (left.iterator().hasNext()) {
        return;
      }
    }
    Files.delete(folder);
  }
}
