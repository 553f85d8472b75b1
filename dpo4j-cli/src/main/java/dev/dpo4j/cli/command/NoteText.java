/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.command;

import dev.dpo4j.config.value.Note;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Says in a few lines what became of keys of other tools. */
public final class NoteText {
  private NoteText() {}

  /** Returns a line for each translation, and one for all keys without effect. */
  public static List<String> of(List<Note> notes) {
    List<String> lines = new ArrayList<>();
    Set<String> idle = new LinkedHashSet<>();
    Set<String> defaults = new LinkedHashSet<>();
    String whose = "";
    for (Note note : notes) {
      switch (note.kind()) {
        case TRANSLATED, SET_ASIDE -> lines.add("note: " + note);
        case NO_EFFECT -> idle.add(note.key());
        case DEFAULT -> {
          whose = note.where();
          defaults.add(note.key() + " " + note.message());
        }
      }
    }
    if (!defaults.isEmpty()) {
      lines.add("note: not written, " + whose + " taken: " + String.join(", ", defaults));
    }
    if (!idle.isEmpty()) {
      lines.add("note: no effect here: " + String.join(", ", idle));
    }
    return lines;
  }
}
