/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data;

import dev.dpo4j.data.form.Prompt;
import dev.dpo4j.data.form.PromptForms;
import dev.dpo4j.data.form.PromptRow;
import dev.dpo4j.data.form.RowShape;
import dev.dpo4j.data.row.Columns;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.Faults;
import dev.dpo4j.data.row.JsonRows;
import dev.dpo4j.data.row.Origin;
import dev.dpo4j.data.row.RowFault;
import dev.dpo4j.data.source.RowSource;
import dev.dpo4j.io.JacksonCheck;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Prompts of a file.
 *
 * <p>A file that ends in {@code .txt} holds one prompt a line. Otherwise it holds rows: JSON
 * strings, or objects of any form that has a prompt: {@code prompt}, {@code messages}, or a
 * preference pair. Columns with answers ({@code responses}, {@code answers}, {@code completion},
 * {@code chosen} and {@code rejected}) are read too. Blank lines are skipped.
 */
public final class PromptData {
  private PromptData() {}

  /**
   * Reads all prompts of a file, or of a folder of files.
   *
   * @throws DataException with all rows at fault, each with its file and line, or if there is none
   */
  public static List<PromptRow> read(Path file) {
    JacksonCheck.require();
    Faults faults = new Faults();
    List<PromptRow> rows = new ArrayList<>();
    boolean text = file.toString().toLowerCase(Locale.ROOT).endsWith(".txt");
    if (Files.isRegularFile(file) && (text || firstCharacter(file) == '"')) {
      readLines(file, text, rows, faults);
    } else {
      RowSource.of(file.toString(), "train", RowShape.ANSWERS, null, false)
          .read(
              row -> {
                try {
                  rows.add(PromptForms.read(row));
                  return true;
                } catch (RowFault e) {
                  return faults.add(row.origin(), e.text());
                }
              },
              faults);
    }
    faults.throwIfAny();
    if (rows.isEmpty()) {
      throw new DataException(file + " has no prompts: expected one a line");
    }
    return rows;
  }

  private static int firstCharacter(Path file) {
    try (BufferedReader reader = Files.newBufferedReader(file)) {
      int c = reader.read();
      while (c == '\uFEFF' || Character.isWhitespace(c)) {
        c = reader.read();
      }
      return c;
    } catch (CharacterCodingException e) {
      return -1; // The reader of rows says where.
    } catch (IOException e) {
      throw new DataException("%s cannot be read: %s".formatted(file, e), e);
    }
  }

  private static void readLines(Path file, boolean text, List<PromptRow> rows, Faults faults) {
    long number = 0;
    try (BufferedReader reader = Files.newBufferedReader(file)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        number++;
        String clean = number == 1 && line.startsWith("\uFEFF") ? line.substring(1) : line;
        Origin origin = new Origin(file.toString(), number);
        if (clean.isBlank()) {
          continue;
        }
        try {
          String prompt = text ? clean : string(clean);
          rows.add(new PromptRow(rows.size(), origin, new Prompt.Text(prompt), List.of()));
        } catch (RowFault e) {
          if (!faults.add(origin, e.text())) {
            return;
          }
        }
      }
    } catch (CharacterCodingException e) {
      throw new DataException("%s, line %d is not UTF-8".formatted(file, number + 1), e);
    } catch (IOException e) {
      throw new DataException("%s cannot be read: %s".formatted(file, e), e);
    }
  }

  private static String string(String line) {
    Object value = JsonRows.parse(line);
    if (!(value instanceof String text) || text.isEmpty()) {
      throw new RowFault(
          "must be a JSON string that is not empty, as the first line is one, but is "
              + ("".equals(value) ? "empty" : Columns.kind(value)));
    }
    return text;
  }
}
