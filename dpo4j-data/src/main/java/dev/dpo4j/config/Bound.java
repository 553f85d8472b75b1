/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config;

import dev.dpo4j.config.value.Note;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A bound configuration.
 *
 * @param value the record
 * @param origins every key that was set, with the place that decided its value
 * @param notes what became of keys that do not stand in the record as they were written
 */
public record Bound<T extends Record>(T value, Map<String, String> origins, List<Note> notes) {
  public Bound {
    origins = Collections.unmodifiableMap(new LinkedHashMap<>(origins));
    notes = List.copyOf(notes);
  }
}
