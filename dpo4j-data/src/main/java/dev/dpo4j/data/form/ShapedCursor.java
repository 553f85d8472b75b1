/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.form;

import dev.dpo4j.data.row.Faults;
import dev.dpo4j.data.row.Row;
import dev.dpo4j.data.row.RowCursor;
import dev.dpo4j.data.row.RowFault;
import org.jspecify.annotations.Nullable;

/** Brings rows into TRL's form; those without the form they should have are noted and left out. */
public final class ShapedCursor implements RowCursor {
  private final RowCursor rows;
  private final RowShape shape;
  private final Faults faults;
  private final boolean dropMedia;
  private int left;

  /**
   * Shapes rows.
   *
   * @param dropMedia whether rows with pictures, sound or films are left out instead of refused
   */
  public ShapedCursor(RowCursor rows, RowShape shape, int limit, boolean dropMedia, Faults faults) {
    this.rows = rows;
    this.shape = shape;
    this.left = limit;
    this.dropMedia = dropMedia;
    this.faults = faults;
  }

  @Override
  public @Nullable Row next() {
    while (left > 0 && !faults.isFull()) {
      Row row = rows.next();
      if (row == null) {
        shape.finish();
        return null;
      }
      left--;
      try {
        Row readable = MediaRows.check(row, dropMedia);
        return readable.isDropped() ? readable : shape.apply(readable);
      } catch (RowFault e) {
        faults.add(row.origin(), e.text());
      }
    }
    return null;
  }

  @Override
  public void close() {
    rows.close();
  }
}
