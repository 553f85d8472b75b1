/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.source;

import dev.dpo4j.config.value.Value;
import dev.dpo4j.config.value.Value.Kind;
import dev.dpo4j.config.value.Value.Mapping;
import dev.dpo4j.config.value.Value.Scalar;
import dev.dpo4j.config.value.Value.Sequence;
import dev.dpo4j.data.form.RowFormat;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What {@code dataset_mixture} says.
 *
 * @param train the data sets to train on
 * @param test the data sets to evaluate on
 * @param seed decides about the order and what is held out
 * @param shuffle whether the rows of all data sets are mixed
 * @param testSplitSize rows held out, or their share; null for none
 */
public record MixtureSpec(
    List<Part> train, List<Part> test, long seed, boolean shuffle, @Nullable Double testSplitSize) {

  private static final Set<String> KEYS =
      Set.of("datasets", "test_datasets", "seed", "shuffle", "test_split_size", "streaming");
  private static final Set<String> PART_KEYS =
      Set.of(
          "id",
          "config",
          "split",
          "columns",
          "weight",
          "fraction",
          "format",
          "revision",
          "data_files",
          "data_dir");

  /**
   * One data set.
   *
   * @param id file, folder or glob
   * @param config its configuration on the Hub
   * @param split which of its rows
   * @param kept the columns that are read; empty for all
   * @param names our names of columns and theirs
   * @param weight share of the rows, in a random order; null for all
   * @param fraction share of the first rows; null for all
   * @param format the form of the rows
   */
  public record Part(
      String id,
      @Nullable String config,
      String split,
      List<String> kept,
      Map<String, String> names,
      @Nullable Double weight,
      @Nullable Double fraction,
      RowFormat format) {}

  /** Whether there are rows to evaluate on. */
  public boolean canEvaluate() {
    return testSplitSize != null || !test.isEmpty();
  }

  /**
   * Reads what was written.
   *
   * @throws IllegalArgumentException if it is not understood
   */
  public static MixtureSpec parse(Value value) {
    if (!(value instanceof Mapping mapping)) {
      throw new IllegalArgumentException(
          "expected a map with datasets, a list of maps with id, found " + value.describe());
    }
    Map<String, Value> entries = mapping.entries();
    refuseOthers("", entries.keySet(), KEYS);
    List<Part> train = parts("datasets", entries.get("datasets"));
    if (train.isEmpty()) {
      throw new IllegalArgumentException("names no datasets: expected a list of maps with id");
    }
    Double seed = number("seed", entries.get("seed"), 0, Long.MAX_VALUE);
    String shuffle = text(entries.get("shuffle"));
    return new MixtureSpec(
        train,
        parts("test_datasets", entries.get("test_datasets")),
        seed == null ? 0 : seed.longValue(),
        shuffle == null || !shuffle.equals("false"),
        number("test_split_size", entries.get("test_split_size"), Double.MIN_VALUE, 1e15));
  }

  private static void refuseOthers(String place, Set<String> found, Set<String> known) {
    for (String key : found) {
      if (!known.contains(key)) {
        throw new IllegalArgumentException(
            place + key + " is not a key of it; known are " + new TreeSet<>(known));
      }
    }
  }

  private static List<Part> parts(String key, @Nullable Value value) {
    List<Part> parts = new ArrayList<>();
    if (value == null || isNull(value)) {
      return parts;
    }
    if (!(value instanceof Sequence list)) {
      throw new IllegalArgumentException(key + " must be a list, found " + value.describe());
    }
    for (Value item : list.items()) {
      String place = key + "[" + parts.size() + "].";
      if (!(item instanceof Mapping mapping)) {
        throw new IllegalArgumentException(
            place + " must be a map with id, found " + item.describe());
      }
      parts.add(part(place, mapping.entries()));
    }
    return parts;
  }

  private static Part part(String place, Map<String, Value> entries) {
    refuseOthers(place, entries.keySet(), PART_KEYS);
    String id = text(entries.get("id"));
    String files = text(entries.get("data_files"));
    if (files != null && (id == null || Set.of("json", "csv", "parquet", "text").contains(id))) {
      id = files;
    }
    if (id == null) {
      throw new IllegalArgumentException(
          place + "id is missing: it names a file, a folder, a glob, or a data set on the Hub");
    }
    String split = text(entries.get("split"));
    List<String> kept = new ArrayList<>();
    Map<String, String> names = new LinkedHashMap<>();
    columns(place, entries.get("columns"), kept, names);
    return new Part(
        id,
        text(entries.get("config")),
        split == null ? "train" : split,
        kept,
        names,
        number(place + "weight", entries.get("weight"), 0, 1),
        number(place + "fraction", entries.get("fraction"), 0, 1),
        format(place, text(entries.get("format"))));
  }

  private static void columns(
      String place, @Nullable Value value, List<String> kept, Map<String, String> names) {
    if (value == null || isNull(value)) {
      return;
    } else if (value instanceof Sequence list) {
      for (Value item : list.items()) {
        kept.add(String.valueOf(text(item)));
      }
    } else if (value instanceof Mapping map) {
      map.entries().forEach((ours, theirs) -> names.put(ours, String.valueOf(text(theirs))));
    } else {
      throw new IllegalArgumentException(
          place
              + "columns must be a list of columns, or a map of our names to theirs, found "
              + value.describe());
    }
  }

  private static RowFormat format(String place, @Nullable String name) {
    if (name == null) {
      return RowFormat.AUTO;
    }
    for (RowFormat format : RowFormat.values()) {
      if (format.name().toLowerCase(Locale.ROOT).equals(name)) {
        return format;
      }
    }
    throw new IllegalArgumentException(place + "format is not known: " + name);
  }

  private static @Nullable Double number(
      String place, @Nullable Value value, double least, double most) {
    String text = text(value);
    if (text == null) {
      return null;
    }
    try {
      double number = Double.parseDouble(text);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(place + " must be a number but was " + text, e);
    }
    throw new IllegalArgumentException(
        place + " must be from " + least + " to " + most + " but was " + text);
  }

  private static boolean isNull(Value value) {
    return value instanceof Scalar scalar && scalar.kind() == Kind.NULL;
  }

  /** A list of one stands for its item. */
  private static @Nullable String text(@Nullable Value value) {
    if (value instanceof Sequence list && list.items().size() == 1) {
      return text(list.items().get(0));
    }
    return value instanceof Scalar scalar && scalar.kind() != Kind.NULL ? scalar.text() : null;
  }
}
