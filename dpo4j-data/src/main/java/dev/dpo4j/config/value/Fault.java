/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config.value;

/**
 * One thing wrong with a configuration.
 *
 * @param key the key concerned, empty if the fault concerns none
 * @param where the file and line or the flag, empty if the value is a default
 * @param message what was found and what was expected
 */
public record Fault(String key, String where, String message) {
  /** Keeps secrets out of the message. */
  public Fault {
    message = Secrets.mask(message);
  }

  @Override
  public String toString() {
    String head = key.isEmpty() ? message : key + ": " + message;
    return where.isEmpty() ? head : head + " (" + where + ")";
  }
}
