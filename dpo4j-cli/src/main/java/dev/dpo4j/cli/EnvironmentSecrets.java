/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import dev.dpo4j.io.ShownText;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Keeps keys that stand in the environment out of messages and logs, whoever repeats them. */
final class EnvironmentSecrets {
  private static final Pattern NAME =
      Pattern.compile("(?i).*(TOKEN|API_?KEY|SECRET|PASSWORD|PASSWD|CREDENTIAL).*");

  /** Shorter values are words that stand in other texts as well. */
  private static final int LEAST = 12;

  private static final List<String> KEYS = of(System.getenv());

  private EnvironmentSecrets() {}

  private static List<String> of(Map<String, String> environment) {
    return environment.entrySet().stream()
        .filter(entry -> NAME.matcher(entry.getKey()).matches())
        .map(Map.Entry::getValue)
        // A path is no key, as that of HF_TOKEN_PATH.
        .filter(value -> value.length() >= LEAST && !value.startsWith("/"))
        .distinct()
        .toList();
  }

  /** Returns a text without the keys, in characters that no terminal obeys. */
  static String hide(String text) {
    String hidden = text;
    for (String key : KEYS) {
      hidden = ShownText.hide(hidden, key);
    }
    return ShownText.plain(hidden);
  }
}
