/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config.value;

/**
 * Something about a configuration that the user should know and that is no fault.
 *
 * @param kind what happened
 * @param key the key as it was written, or the key that got a default
 * @param where file and line, or the flag; empty if there is no place
 * @param message what became of it
 */
public record Note(Kind kind, String key, String where, String message) {

  /** What a note tells. */
  public enum Kind {
    /** The key became something else here. */
    TRANSLATED,
    /** The key changes nothing here. */
    NO_EFFECT,
    /** The key was not written, and the other tool's default was taken. */
    DEFAULT,
    /** A flag decided instead of the key. */
    SET_ASIDE
  }

  /** Returns the note as the fault that it is where nothing may be translated. */
  public Fault toFault() {
    return new Fault(key, where, message);
  }

  @Override
  public String toString() {
    return toFault().toString();
  }
}
