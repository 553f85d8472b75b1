/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.form;

import dev.dpo4j.data.row.ColumnNames;
import dev.dpo4j.data.row.Tags;
import org.jspecify.annotations.Nullable;

/**
 * One data set of a {@code dataset_info.json}.
 *
 * @param name its name there
 * @param dataset file, folder or glob, as a path
 * @param split which of its rows
 * @param columns what its columns are called
 * @param namesColumns whether the entry names them itself
 * @param tags how its messages are written; null for the Alpaca form
 * @param samples how many rows are drawn at random; null for all
 */
public record DatasetEntry(
    String name,
    String dataset,
    String split,
    ColumnNames columns,
    boolean namesColumns,
    @Nullable Tags tags,
    @Nullable Integer samples) {}
