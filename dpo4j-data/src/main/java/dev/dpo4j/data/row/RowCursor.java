/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.row;

import java.io.Closeable;
import org.jspecify.annotations.Nullable;

/** Gives rows one after the other, as they are asked for. */
public interface RowCursor extends Closeable {
  /** Returns the next row; null when there are no more, or when too many were at fault. */
  @Nullable Row next();

  @Override
  void close();
}
