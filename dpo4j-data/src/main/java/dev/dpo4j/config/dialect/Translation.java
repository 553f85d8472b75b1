/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config.dialect;

import dev.dpo4j.config.value.Fault;
import dev.dpo4j.config.value.Note;
import dev.dpo4j.config.value.Setting;
import java.util.ArrayList;
import java.util.List;

/**
 * Settings that a {@link Dialect} has rewritten.
 *
 * @param sources the settings, the weakest source first; the lists can be changed
 * @param notes what became of keys of other tools
 * @param faults keys that nobody knows, or that cannot be honoured
 */
public record Translation(List<List<Setting>> sources, List<Note> notes, List<Fault> faults) {
  public Translation {
    sources = sources.stream().<List<Setting>>map(ArrayList::new).toList();
    notes = List.copyOf(notes);
    faults = List.copyOf(faults);
  }

  /** Settings that need no translation. */
  public static Translation of(List<List<Setting>> sources) {
    return new Translation(sources, List.of(), List.of());
  }
}
