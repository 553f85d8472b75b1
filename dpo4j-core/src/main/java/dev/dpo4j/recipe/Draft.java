/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.recipe;

import dev.dpo4j.config.Fault;
import dev.dpo4j.config.KeyNames;
import dev.dpo4j.config.Note;
import dev.dpo4j.config.Setting;
import dev.dpo4j.config.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The settings of one run while they are rewritten, and what there is to say about them. */
final class Draft {
  private final Method method;
  private final RecipeFormat format;
  private final KeyNames names;
  private final Map<String, Entry> file = new LinkedHashMap<>();
  private final Map<String, Entry> flags = new LinkedHashMap<>();
  private final List<Note> notes = new ArrayList<>();
  private final List<Fault> faults = new ArrayList<>();

  Draft(Method method, RecipeFormat format, KeyNames names) {
    this.method = method;
    this.format = format;
    this.names = names;
  }

  Method method() {
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

  private Map<String, Entry> source(boolean isFlag) {
    return isFlag ? flags : file;
  }

  /** Adds a setting; a second spelling of the same key must have the same value. */
  void add(Entry entry) {
    Entry before = source(entry.isFlag()).get(entry.key());
    if (before == null) {
      source(entry.isFlag()).put(entry.key(), entry);
    } else if (before.written().equals(entry.written())) {
      fault(entry, "is set twice, first by " + before.where());
    } else if (!Values.same(before.value(), entry.value())) {
      fault(
          entry,
          "is %s, but %s (%s) is %s, and both mean the same: keep one of them"
              .formatted(
                  Values.show(entry.value()),
                  before.written(),
                  before.where(),
                  Values.show(before.value())));
    }
  }

  /** Returns what decides about a key: the flag, or else the file. */
  @Nullable Entry find(String key) {
    Entry flag = flags.get(key);
    return flag == null ? file.get(key) : flag;
  }

  /** Returns the value that decides about a key; null where it was not written or is null. */
  @Nullable Value value(String key) {
    Entry entry = find(key);
    return entry == null || Values.isNull(entry.value()) ? null : entry.value();
  }

  boolean has(String key) {
    return find(key) != null;
  }

  boolean hasFlag(String key) {
    return flags.containsKey(key);
  }

  /** Returns the entries as they are now, those of the file first. */
  List<Entry> entries() {
    List<Entry> all = new ArrayList<>(file.values());
    all.addAll(flags.values());
    return all;
  }

  List<Entry> inFile() {
    return List.copyOf(file.values());
  }

  void remove(Entry entry) {
    source(entry.isFlag()).remove(entry.key());
  }

  /** Puts another key in the place of an entry, and says so. */
  void become(Entry entry, String key, Value value) {
    become(entry, key, value, "");
  }

  void become(Entry entry, String key, Value value, String why) {
    put(entry, key, value);
    String now =
        (entry.written().equals(key) ? "taken as " : "became " + key + ": ")
            + Values.show(value)
            + (why.isEmpty() ? "" : " (" + why + ")");
    translated(entry, now);
  }

  /** Puts another key in the place of an entry without a word. */
  void put(Entry entry, String key, Value value) {
    remove(entry);
    Entry now = entry.as(key, value);
    if (source(entry.isFlag()).containsKey(key)) {
      add(now);
    } else {
      source(entry.isFlag()).put(key, now);
    }
  }

  /** Overwrites a key that follows from an entry, whatever it was. */
  void force(Entry cause, String key, Value value) {
    source(cause.isFlag()).put(key, cause.as(key, value));
  }

  void translated(Entry entry, String message) {
    notes.add(
        new Note(
            Note.Kind.TRANSLATED,
            entry.written(),
            entry.where(),
            Values.show(entry.value()) + " " + message));
  }

  void noEffect(Entry entry, String reason) {
    remove(entry);
    notes.add(
        new Note(
            Note.Kind.NO_EFFECT, entry.written(), entry.where(), "has no effect here: " + reason));
  }

  void setAside(Entry entry, String flag) {
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
    file.put(key, new Entry(key, key, value, origin, false));
    notes.add(
        new Note(
            Note.Kind.DEFAULT,
            key,
            origin,
            Values.show(value) + (why.isEmpty() ? "" : " (" + why + ")")));
  }

  /** Takes what the command itself means, without a word. */
  void byCommand(String key, Value value) {
    if (!has(key) && names.isKnown(key)) {
      file.put(key, new Entry(key, key, value, "dpo4j " + method.command(), false));
    }
  }

  void refuse(Entry entry, String message) {
    remove(entry);
    fault(entry, message);
  }

  void fault(Entry entry, String message) {
    faults.add(new Fault(entry.written(), entry.where(), message));
  }

  List<Setting> settings(boolean isFlag) {
    return source(isFlag).values().stream().map(Entry::toSetting).toList();
  }
}
