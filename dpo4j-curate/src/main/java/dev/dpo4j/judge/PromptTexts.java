/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The texts that come with the package. */
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
