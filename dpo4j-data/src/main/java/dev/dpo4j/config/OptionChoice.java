/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config;

import java.util.Locale;

/**
 * A constant of an enum that knows how it is written in a configuration.
 *
 * <p>An enum needs this only where a name is not the constant's in lower case, or where names are
 * understood that the help does not list.
 */
public interface OptionChoice {
  /** Returns the name of the constant, as {@link Enum} has it. */
  String name();

  /** Returns how the constant is written. */
  default String configName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns whether help and messages list the constant. */
  default boolean isListed() {
    return true;
  }
}
