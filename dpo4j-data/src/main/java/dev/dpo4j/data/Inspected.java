/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data;

import java.util.List;
import java.util.Map;

/** A row as the model gets it, of a pair or of a single answer. */
public sealed interface Inspected permits InspectedRow, InspectedExample {
  /** Returns its fields for JSON. */
  Map<String, Object> toMap();

  /** Returns a text for people. */
  List<String> toLines();

  /** Returns ids with a blank between. */
  static String join(int[] ids) {
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(text.isEmpty() ? "" : " ").append(id);
    }
    return text.toString();
  }
}
