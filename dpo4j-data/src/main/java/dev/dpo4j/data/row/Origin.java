/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.row;

import java.util.regex.Pattern;

/**
 * Tells where a row came from.
 *
 * @param file the file as the user knows it, or a description such as {@code memory}
 * @param line the line of the file that the row starts on, for Parquet and Arrow the row, for rows
 *     made in memory the place in the list; counted from 1
 */
public record Origin(String file, long line) {
  /** Names the source of rows that were not read from a file. */
  public static final String MEMORY = "memory";

  private static final Pattern COLUMNAR =
      Pattern.compile(".*\\.(parquet|arrow|feather|ipc)(\\.gz|\\.zst)?");

  /** Returns for example {@code pairs.jsonl, line 7}, for Parquet {@code pairs.parquet, row 7}. */
  @Override
  public String toString() {
    boolean counted = MEMORY.equals(file) || COLUMNAR.matcher(file).matches();
    return file + (counted ? ", row " : ", line ") + line;
  }
}
