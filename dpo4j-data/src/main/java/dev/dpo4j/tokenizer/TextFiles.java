/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tokenizer;

import dev.dpo4j.gguf.GgufFile;
import dev.dpo4j.gguf.GgufTokenizer;
import dev.dpo4j.io.SmallFile;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The text files around a tokenizer: those of a model folder, or what a GGUF file has of them. */
final class TextFiles {
  /** Larger than the tokenizer of any model. */
  private static final int MOST_BYTES = 256 << 20;

  private final Path model;
  private final @Nullable Map<String, String> texts;

  /** Texts that stand before those of the model. */
  private final Map<String, String> edited;

  private final boolean hasOneTemplate;

  private TextFiles(Path model, @Nullable Map<String, String> texts) {
    this(model, texts, Map.of(), false);
  }

  private TextFiles(
      Path model,
      @Nullable Map<String, String> texts,
      Map<String, String> edited,
      boolean hasOneTemplate) {
    this.model = model;
    this.texts = texts;
    this.edited = edited;
    this.hasOneTemplate = hasOneTemplate;
  }

  /**
   * Opens the files of a model.
   *
   * @throws dev.dpo4j.gguf.GgufException when a GGUF file is damaged or its tokenizer not known
   */
  static TextFiles of(Path model) {
    if (!GgufFile.isGguf(model)) {
      return new TextFiles(model, null);
    }
    try (GgufFile file = GgufFile.open(model)) {
      return new TextFiles(model, GgufTokenizer.files(file));
    }
  }

  /**
   * These files with other texts in the place of some.
   *
   * @param others text by the name of the file
   * @param oneTemplate whether chat_template.jinja is the only template
   */
  TextFiles with(Map<String, String> others, boolean oneTemplate) {
    return new TextFiles(model, texts, Map.copyOf(others), oneTemplate);
  }

  /** The model folder or file. */
  Path model() {
    return model;
  }

  /** How a file is called in messages. */
  Path path(String name) {
    return model.resolve(name);
  }

  /** Whether there is such a file. */
  boolean has(String name) {
    return edited.containsKey(name)
        || (texts == null ? Files.isRegularFile(path(name)) : texts.containsKey(name));
  }

  /**
   * A file's text.
   *
   * @throws IOException when it is missing, is not UTF-8 or cannot be read
   */
  String read(String name) throws IOException {
    String given = edited.get(name);
    String text = given != null || texts == null ? given : texts.get(name);
    return text != null ? text : SmallFile.readString(path(name), MOST_BYTES);
  }

  /** A file's text as Python's text mode gives it: line ends of all systems are line feeds. */
  String readLines(String name) {
    try {
      return read(name).replace("\r\n", "\n").replace('\r', '\n');
    } catch (CharacterCodingException e) {
      throw new TokenizerException("%s is not valid UTF-8".formatted(path(name)), e);
    } catch (IOException e) {
      throw new TokenizerException("%s cannot be read: %s".formatted(path(name), e), e);
    }
  }

  /** The texts of the files in a folder beside the tokenizer whose names end so, by their stem. */
  Map<String, String> readAll(String folder, String suffix) {
    Map<String, String> found = new LinkedHashMap<>();
    Path more = path(folder);
    if (texts != null || hasOneTemplate || !Files.isDirectory(more)) {
      return found;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(more, "*" + suffix)) {
      for (Path file : files) {
        String name = String.valueOf(file.getFileName());
        String stem = name.substring(0, name.length() - suffix.length());
        found.put(stem, readLines(folder + "/" + name));
      }
    } catch (IOException e) {
      throw new TokenizerException("%s cannot be read: %s".formatted(more, e), e);
    }
    return found;
  }
}
