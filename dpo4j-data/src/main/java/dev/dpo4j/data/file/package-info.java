/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Reads rows out of files: JSONL, JSON, CSV and Parquet, packed or not, with every fault at its
 * line.
 */
@NullMarked
package dev.dpo4j.data.file;

import org.jspecify.annotations.NullMarked;
