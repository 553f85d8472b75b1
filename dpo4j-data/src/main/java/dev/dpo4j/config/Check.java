/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config;

import java.util.Set;

/** Collects the faults that a {@link Checked} record finds in itself. */
public interface Check {
  /** Tells whether the user gave the key a value other than its default. */
  boolean isSet(String key);

  /** Reports a fault of a key; a key that is already faulty is left at its first fault. */
  void fault(String key, String message);

  /**
   * Refuses a key that the user wrote, even at its default, and that has no effect for the reason
   * given. A value that asks for nothing (null, false, 0, an empty list) passes.
   */
  void noEffect(String key, String reason);

  /** Refuses every key of the set as {@link #noEffect(String, String)} does. */
  default void noEffect(Set<String> keys, String reason) {
    keys.stream().sorted().forEach(key -> noEffect(key, reason));
  }

  /**
   * Refuses keys that have no effect because of a partner; where they stand in a file and a flag
   * decided about the partner, they are noted.
   */
  void noEffect(Set<String> keys, String reason, String partner);

  /**
   * Notes keys without effect that stand in a file, and refuses those that are flags.
   *
   * <p>It is for keys that do not change what is trained: files of the field write them beside a
   * partner that is off.
   */
  void idle(Set<String> keys, String reason);

  /** Notes that a value of another tool became something of our own. */
  void translated(String key, String message);
}
