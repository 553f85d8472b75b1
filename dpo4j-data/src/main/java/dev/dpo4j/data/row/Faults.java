/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.row;

import java.util.ArrayList;
import java.util.List;

/** Collects the faults of a data set so that they can be reported together. */
public final class Faults {
  /** After this many faults reading stops: the form of the data is wrong, not some rows. */
  static final int LIMIT = 20;

  private final List<DataFault> faults = new ArrayList<>();

  /** Adds a fault; returns whether it is worth going on. */
  public boolean add(Origin origin, String message) {
    if (!isFull()) {
      faults.add(new DataFault(origin, message));
    }
    return !isFull();
  }

  public boolean isFull() {
    return faults.size() >= LIMIT;
  }

  public void throwIfAny() {
    if (!faults.isEmpty()) {
      throw new DataException(faults, isFull());
    }
  }
}
