/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Lays keys out for a terminal of 80 columns. */
final class HelpText {
  private static final int WIDTH = 80;
  private static final int INDENT = 8;

  private HelpText() {}

  static String write(Collection<Key> keys) {
    StringBuilder text = new StringBuilder();
    String group = "";
    for (Key key : keys) {
      if (!key.group().equals(group)) {
        group = key.group();
        text.append(text.isEmpty() ? "" : "\n").append(group).append(":\n");
      }
      text.append("  --").append(key.name());
      text.append(key.defaultText().equals("null") ? "" : " (" + key.defaultText() + ")");
      text.append('\n');
      for (String line : wrap(key.help() + " Expects " + key.expected() + "." + others(key))) {
        text.append(" ".repeat(INDENT)).append(line).append('\n');
      }
    }
    return text.toString();
  }

  /** Further names of a key. */
  private static String others(Key key) {
    return key.aliases().isEmpty() ? "" : " Also: --" + String.join(", --", key.aliases()) + ".";
  }

  private static List<String> wrap(String text) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.strip().split(" ", -1)) {
      if (line.length() > 0 && line.length() + 1 + word.length() > WIDTH - INDENT) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }
}
