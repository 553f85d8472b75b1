/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.recipe;

import dev.dpo4j.recipe.KeyRow.Treatment;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The one table of the keys of TRL, transformers, alignment-handbook, LLaMA-Factory and axolotl.
 *
 * <p>It stands in {@code keys.tsv} beside this class, its sentences in {@code reasons.tsv}. What it
 * says is what the {@link RecipeDialect} does, and the page {@code coming-from.md} is made of it.
 */
public final class KeyTable {
  private static final int COLUMNS = 7;
  private static final KeyTable TABLE = new KeyTable();

  private final List<KeyRow> rows = new ArrayList<>();
  private final Map<String, List<KeyRow>> byKey = new HashMap<>();

  private KeyTable() {
    Map<String, BilingualText> reasons = new HashMap<>();
    for (String[] cells : read("reasons.tsv", 3)) {
      reasons.put(cells[0], new BilingualText(cells[1], cells[2]));
    }
    for (String[] cells : read("keys.tsv", COLUMNS)) {
      BilingualText reason = reasons.get(cells[6]);
      if (reason == null) {
        throw new IllegalStateException("no reason " + cells[6] + " for the key " + cells[0]);
      }
      Set<Tool> tools = EnumSet.noneOf(Tool.class);
      cells[1].chars().forEach(letter -> tools.add(Tool.of((char) letter)));
      Treatment fate = Treatment.valueOf(cells[3].toUpperCase(Locale.ROOT));
      List<String> neutral =
          cells[5].isEmpty() ? List.of() : Arrays.asList(cells[5].split("\\|", -1));
      add(new KeyRow(cells[0], tools, cells[2].equals("b"), fate, cells[4], neutral, reason));
    }
  }

  private void add(KeyRow row) {
    List<KeyRow> same = byKey.computeIfAbsent(row.key(), unused -> new ArrayList<>());
    for (KeyRow other : same) {
      for (RecipeFormat format : RecipeFormat.values()) {
        if (other.isOf(format) && row.isOf(format)) {
          throw new IllegalStateException(
              "two rows for " + row.key() + " in " + format.configName());
        }
      }
    }
    same.add(row);
    rows.add(row);
  }

  private static List<String[]> read(String name, int columns) {
    List<String[]> lines = new ArrayList<>();
    try (InputStream in = KeyTable.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the resource " + name + " is missing");
      }
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n", -1)) {
        if (line.isBlank() || line.startsWith("#")) {
          continue;
        }
        String[] cells = line.split("\t", -1);
        if (cells.length != columns) {
          throw new IllegalStateException(
              name + " needs " + columns + " columns, found \"" + line + '"');
        }
        lines.add(cells);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return lines;
  }

  /** Returns all rows in the order of the table. */
  public static List<KeyRow> rows() {
    return List.copyOf(TABLE.rows);
  }

  /** Returns the row of a key in files of a format; null where that tool does not know it. */
  static @Nullable KeyRow find(String key, RecipeFormat format) {
    return TABLE.byKey.getOrDefault(key, List.of()).stream()
        .filter(row -> row.isOf(format))
        .findFirst()
        .orElse(null);
  }

  /** Returns the rows of a key in any tool. */
  static List<KeyRow> find(String key) {
    return List.copyOf(TABLE.byKey.getOrDefault(key, List.of()));
  }

  /** Returns the keys that a format knows, with their rows. */
  static Map<String, KeyRow> of(RecipeFormat format) {
    Map<String, KeyRow> known = new LinkedHashMap<>();
    TABLE.rows.stream().filter(row -> row.isOf(format)).forEach(row -> known.put(row.key(), row));
    return known;
  }
}
