/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.processor;

import java.util.ArrayList;
import java.util.List;

/** The words of a builder: its head, and the Javadoc of its setters. */
final class BuilderText {
  private static final int WIDTH = 92;

  /** All of a builder that does not depend on its keys; RECORD and BUILDER stand for the names. */
  static final String HEAD =
      """

      /**
       * Sets the keys of a {@link RECORD} one by one.
       *
       * <p>Each setter has the name of its key in camel case. A key that is not set has its default.
       */
      public final class BUILDER {
        private final OptionValues<RECORD> values;

        BUILDER() {
          values = OptionValues.of(RECORD.class);
        }

        BUILDER(RECORD start) {
          values = OptionValues.of(Objects.requireNonNull(start));
        }

        /**
         * Returns the configuration.
         *
         * @throws dev.dpo4j.config.value.ConfigException with all faults at once
         */
        public RECORD build() {
          return values.build("RECORD.builder()");
        }
      """;

  private BuilderText() {}

  /** The text of the help as Javadoc. */
  static String javadoc(OptionKey key) {
    StringBuilder facts = new StringBuilder("Key {@code " + key.name() + "}");
    if (!key.range().isEmpty()) {
      facts.append(", in {@code ").append(key.range()).append('}');
    }
    if (!key.choices().isEmpty()) {
      facts.append(", one of {@code ").append(String.join(", ", key.choices())).append('}');
    }
    String value = key.defaultText();
    if (value == null) {
      facts.append("; not set by default.");
    } else if (value.isEmpty() || value.equals("{}")) {
      facts.append("; empty by default.");
    } else {
      facts.append("; the default is {@code ").append(value).append("}.");
    }
    StringBuilder text = new StringBuilder("  /**\n");
    paragraph(text, key.help().isEmpty() ? "Sets " + key.name() + "." : html(key.help()), "");
    text.append("   *\n");
    paragraph(text, facts.toString(), "<p>");
    if (!key.difference().isEmpty()) {
      text.append("   *\n");
      paragraph(text, "Difference from TRL: " + html(key.difference()), "<p>");
    }
    return text.append("   */\n").toString();
  }

  private static void paragraph(StringBuilder text, String words, String mark) {
    for (String line : wrap(mark + words)) {
      text.append("   * ").append(line).append('\n');
    }
  }

  private static String html(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("@", "&#64;")
        .replace("*/", "*&#47;");
  }

  private static List<String> wrap(String text) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.strip().split(" ", -1)) {
      if (line.length() > 0 && line.length() + 1 + word.length() > WIDTH) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }
}
