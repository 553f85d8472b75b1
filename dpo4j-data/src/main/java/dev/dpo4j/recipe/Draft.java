/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.recipe;

import dev.dpo4j.config.dialect.KeyNames;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.config.value.Note;
import dev.dpo4j.config.value.Setting;
import dev.dpo4j.config.value.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The settings of one run while they are rewritten, and what there is to say about them. */
final class Draft {
  private final RecipeMethod method;
  private final RecipeFormat format;
  private final KeyNames names;
  private final Map<String, RecipeEntry> file = new LinkedHashMap<>();
  private final Map<String, RecipeEntry> flags = new LinkedHashMap<>();
  private final List<Note> notes = new ArrayList<>();
  private final List<Fault> faults = new ArrayList<>();

  Draft(RecipeMethod method, RecipeFormat format, KeyNames names) {
    this.method = method;
    this.format = format;
    this.names = names;
  }

  RecipeMethod method() {
    return method;
  }

  RecipeFormat format() {
    return format;
  }

  KeyNames names() {
    return names;
  }

  List<Note> notes() {
    return notes;
  }

  List<Fault> faults() {
    return faults;
  }

  private Map<String, RecipeEntry> source(boolean isFlag) {
    return isFlag ? flags : file;
  }

  /** Adds a setting; a second spelling of the same key must have the same value. */
  void add(RecipeEntry entry) {
    RecipeEntry before = source(entry.isFlag()).get(entry.key());
    if (before == null) {
      source(entry.isFlag()).put(entry.key(), entry);
    } else if (before.written().equals(entry.written())) {
      fault(entry, "is set twice, first by " + before.where());
    } else if (!RecipeValues.same(before.value(), entry.value())) {
      fault(
          entry,
          "is %s, but %s (%s) is %s, and both mean the same: keep one of them"
              .formatted(
                  RecipeValues.show(entry.value()),
                  before.written(),
                  before.where(),
                  RecipeValues.show(before.value())));
    }
  }

  /** Returns what decides about a key: the flag, or else the file. */
  @Nullable RecipeEntry find(String key) {
    RecipeEntry flag = flags.get(key);
    return flag == null ? file.get(key) : flag;
  }

  /** Returns the value that decides about a key; null where it was not written or is null. */
  @Nullable Value value(String key) {
    RecipeEntry entry = find(key);
    return entry == null || RecipeValues.isNull(entry.value()) ? null : entry.value();
  }

  boolean has(String key) {
    return find(key) != null;
  }

  boolean hasFlag(String key) {
    return flags.containsKey(key);
  }

  /** Returns the entries as they are now, those of the file first. */
  List<RecipeEntry> entries() {
    List<RecipeEntry> all = new ArrayList<>(file.values());
    all.addAll(flags.values());
    return all;
  }

  List<RecipeEntry> inFile() {
    return List.copyOf(file.values());
  }

  void remove(RecipeEntry entry) {
    source(entry.isFlag()).remove(entry.key());
  }

  /** Puts another key in the place of an entry, and says so. */
  void become(RecipeEntry entry, String key, Value value) {
    become(entry, key, value, "");
  }

  void become(RecipeEntry entry, String key, Value value, String why) {
    put(entry, key, value);
    String now =
        (entry.written().equals(key) ? "taken as " : "became " + key + ": ")
            + RecipeValues.show(value)
            + (why.isEmpty() ? "" : " (" + why + ")");
    translated(entry, now);
  }

  /** Puts another key in the place of an entry without a word. */
  void put(RecipeEntry entry, String key, Value value) {
    remove(entry);
    RecipeEntry now = entry.as(key, value);
    if (source(entry.isFlag()).containsKey(key)) {
      add(now);
    } else {
      source(entry.isFlag()).put(key, now);
    }
  }

  /** Overwrites a key that follows from an entry, whatever it was. */
  void force(RecipeEntry cause, String key, Value value) {
    source(cause.isFlag()).put(key, cause.as(key, value));
  }

  void translated(RecipeEntry entry, String message) {
    notes.add(
        new Note(
            Note.Kind.TRANSLATED,
            entry.written(),
            entry.where(),
            RecipeValues.show(entry.value()) + " " + message));
  }

  void noEffect(RecipeEntry entry, String reason) {
    remove(entry);
    notes.add(
        new Note(
            Note.Kind.NO_EFFECT, entry.written(), entry.where(), "has no effect here: " + reason));
  }

  void setAside(RecipeEntry entry, String flag) {
    remove(entry);
    notes.add(
        new Note(
            Note.Kind.SET_ASIDE,
            entry.written(),
            entry.where(),
            "is set aside: --" + flag + " was given"));
  }

  /** Takes a default of the other tool where nobody wrote the key. */
  void byDefault(String key, Value value, String why) {
    if (has(key) || !names.isKnown(key)) {
      return;
    }
    String origin = "default of " + format.title();
    file.put(key, new RecipeEntry(key, key, value, origin, false));
    notes.add(
        new Note(
            Note.Kind.DEFAULT,
            key,
            origin,
            RecipeValues.show(value) + (why.isEmpty() ? "" : " (" + why + ")")));
  }

  /** Takes what the command itself means, without a word. */
  void byCommand(String key, Value value) {
    if (!has(key) && names.isKnown(key)) {
      file.put(key, new RecipeEntry(key, key, value, "dpo4j " + method.command(), false));
    }
  }

  void refuse(RecipeEntry entry, String message) {
    remove(entry);
    fault(entry, message);
  }

  void fault(RecipeEntry entry, String message) {
    faults.add(new Fault(entry.written(), entry.where(), message));
  }

  List<Setting> settings(boolean isFlag) {
    return source(isFlag).values().stream().map(RecipeEntry::toSetting).toList();
  }
}
