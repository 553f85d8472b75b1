/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.value;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A Python dict: insertion order, keys equal as Python compares them (1 == 1.0 == True). */
public final class PyDict {

  /** A key as it was first written, with its value. */
  public record Entry(Object key, Object value) {

    PyTuple asTuple() {
      return PyTuple.of(key, value);
    }
  }

  private final Map<Object, Entry> entries = new LinkedHashMap<>();

  /** Sets a value; an equal key that is already there keeps its place and spelling. */
  public void put(Object key, Object value) {
    Object hashed = Keys.of(key);
    Entry old = entries.get(hashed);
    entries.put(hashed, new Entry(old == null ? key : old.key, value));
  }

  public @Nullable Object get(Object key) {
    Entry entry = entries.get(Keys.of(key));
    return entry == null ? null : entry.value;
  }

  boolean contains(Object key) {
    return entries.containsKey(Keys.of(key));
  }

  public int size() {
    return entries.size();
  }

  public Collection<Entry> entries() {
    return entries.values();
  }

  List<Object> keys() {
    List<Object> keys = new ArrayList<>(size());
    for (Entry entry : entries()) {
      keys.add(entry.key);
    }
    return keys;
  }

  List<Object> values() {
    List<Object> values = new ArrayList<>(size());
    for (Entry entry : entries()) {
      values.add(entry.value);
    }
    return values;
  }

  public List<Object> items() {
    List<Object> items = new ArrayList<>(size());
    for (Entry entry : entries()) {
      items.add(entry.asTuple());
    }
    return items;
  }

  PyDict copy() {
    PyDict copy = new PyDict();
    copy.entries.putAll(entries);
    return copy;
  }
}
