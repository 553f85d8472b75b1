/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.processor;

import java.util.List;
import java.util.Locale;
import javax.lang.model.type.TypeMirror;
import org.jspecify.annotations.Nullable;

/**
 * One key of a configuration: a leaf component of a record of records.
 *
 * @param component the component's name in camel case
 * @param type the component's type
 * @param help the sentences that explain the key
 * @param difference how it differs from TRL; may be empty
 * @param range the allowed interval of numbers; may be empty
 * @param choices the allowed texts; may be empty
 * @param defaultText the default as it would be written in a file, or null if there is none
 */
record OptionKey(
    String component,
    TypeMirror type,
    String help,
    String difference,
    String range,
    List<String> choices,
    @Nullable String defaultText) {

  /** The name in a file. */
  String name() {
    return snakeCase(component);
  }

  static String snakeCase(String camelCase) {
    // A number of bits is a word: load_in_4bit.
    return camelCase
        .replaceAll("([a-z])([0-9]+bit)", "$1_$2")
        .replaceAll("([a-z0-9])([A-Z])", "$1_$2")
        .toLowerCase(Locale.ROOT);
  }
}
