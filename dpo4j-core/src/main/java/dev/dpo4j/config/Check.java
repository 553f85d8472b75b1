/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config;

import java.util.Set;

/** Collects the faults that a {@link Checked} record finds in itself. */
public interface Check {
  /** Tells whether the user gave the key a value other than its default. */
  boolean isSet(String key);

  /** Reports a fault of a key; a key that is already faulty is left at its first fault. */
  void fault(String key, String message);

  /** Refuses a key that the user set and that has no effect for the reason given. */
  default void noEffect(String key, String reason) {
    if (isSet(key)) {
      fault(key, "has no effect " + reason + ": remove it");
    }
  }

  /** Refuses every key of the set as {@link #noEffect(String, String)} does. */
  default void noEffect(Set<String> keys, String reason) {
    keys.stream().sorted().forEach(key -> noEffect(key, reason));
  }
}
