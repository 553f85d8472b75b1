/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.command;

import java.util.Locale;
import java.util.Map;

/** The language of what a command says at its end. */
public enum Language {
  EN,
  ZH;

  /** Takes the language that was asked for, else that of the environment, else English. */
  public static Language of(String asked, Map<String, String> environment) {
    if (!asked.isEmpty()) {
      return asked.equals("zh") ? ZH : EN;
    }
    // In the order of POSIX.
    for (String name : new String[] {"LC_ALL", "LC_MESSAGES", "LANG"}) {
      String locale = environment.getOrDefault(name, "");
      if (!locale.isEmpty()) {
        return locale.toLowerCase(Locale.ROOT).startsWith("zh") ? ZH : EN;
      }
    }
    return EN;
  }

  /** Returns the text of this language. */
  public String say(String english, String chinese) {
    return this == ZH ? chinese : english;
  }
}
