/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.recipe;

import dev.dpo4j.config.value.Setting;
import dev.dpo4j.config.value.Value;

/**
 * A setting on its way.
 *
 * @param written the key as it was written
 * @param key the key that it has now
 * @param isFlag whether it was a flag
 */
record RecipeEntry(String written, String key, Value value, String where, boolean isFlag) {

  RecipeEntry as(String name, Value now) {
    return new RecipeEntry(written, name, now, where, isFlag);
  }

  /** Returns the setting; a fault of it will name the key as it was written. */
  Setting toSetting() {
    boolean other = !written.equals(key);
    String place = where.isEmpty() ? written : where + ", from " + written;
    return new Setting(key, value, other ? place : where);
  }
}
