/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.style;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a config.json as a family reads them. A field that is null counts as absent, and
 * faults are collected, so that all of a file are reported together.
 */
public interface ConfigFields {
  /** Whether the field has a value. */
  boolean isSet(String field);

  /** Whether the field stands there, be it as null. */
  boolean names(String field);

  boolean flag(String field, boolean absent);

  int integer(String field, int absent, int min, int max);

  /** A finite number above zero. */
  double positive(String field, double absent);

  /** A finite number above zero, null when it is absent. */
  @Nullable Double positiveOrNull(String field);

  /** A finite number of zero or more, null when it is absent. */
  @Nullable Double zeroOrMore(String field);

  /** A list of text, null when it is absent. */
  @Nullable List<String> texts(String field);

  /** A list of whole numbers, null when it is absent. */
  @Nullable List<Integer> integers(String field);

  /** Adds a fault. */
  void fault(String field, Object found, String expected);
}
