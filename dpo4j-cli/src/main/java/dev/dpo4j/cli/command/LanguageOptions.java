/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.command;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The language of a command's last words; no configuration of a run holds it. */
public record LanguageOptions(
    @Option(
            help =
                "Language of the final summary and of HTML pages: en or zh. null follows the locale "
                    + "(LC_ALL, LC_MESSAGES, LANG).",
            difference = "Not in TRL.")
        @Nullable String lang)
    implements Checked {

  @Override
  public void check(Check check) {
    if (lang != null && !List.of("en", "zh").contains(lang)) {
      check.fault("lang", "must be en or zh but was \"" + lang + "\"");
    }
  }
}
