/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One row as it was read, before anybody looked at its form.
 *
 * @param index place of the row in the whole split, counted from 0, before any slice
 * @param origin file and line
 * @param columns column name to plain value
 */
record Row(int index, Origin origin, Map<String, @Nullable Object> columns) {}
