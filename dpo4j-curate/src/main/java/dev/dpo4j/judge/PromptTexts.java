/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.io.SmallFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The texts that come with the package, and those that take their place. */
public final class PromptTexts {
  private PromptTexts() {}

  /** What the judge looks at where the user names no rubric. */
  public static String rubric() {
    return read("rubric.md");
  }

  /** What a judge that scores single answers looks at where the user names no rubric. */
  public static String scoring() {
    return read("scoring.md");
  }

  /** How a deliberately worse answer is asked for where the user says nothing else. */
  public static String degrade() {
    return read("degrade.md");
  }

  /**
   * Reads a text of the user.
   *
   * @param key the option that names the file
   * @throws ConfigException if it cannot be read, or says nothing
   */
  public static String ofFile(String key, Path file) {
    try {
      String text = SmallFile.readString(file);
      if (text.isBlank()) {
        throw new ConfigException(new Fault(key, "", file + " is empty"));
      }
      return text;
    } catch (IOException e) {
      throw new ConfigException(new Fault(key, "", "cannot read " + file + ": " + e));
    }
  }

  private static String read(String name) {
    try (InputStream stream = PromptTexts.class.getResourceAsStream(name)) {
      if (stream == null) {
        throw new IllegalStateException("the jar lacks " + name + ": build dpo4j again");
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
