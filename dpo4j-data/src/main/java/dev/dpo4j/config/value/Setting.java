/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config.value;

/**
 * One key set by the user.
 *
 * @param key the key as written
 * @param value the value as written
 * @param where where it was written: {@code run.yaml:12} or {@code --beta}
 */
public record Setting(String key, Value value, String where) {
  /** Lets the value of a key that names a secret show up in no message, whoever writes it. */
  public Setting {
    if (Secrets.isSecret(key)) {
      Secrets.learn(value);
    }
  }
}
