/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.row;

import java.util.List;

/**
 * Reports data that cannot be used. The message lists every fault found, each with its file and
 * line.
 */
public final class DataException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<DataFault> faults;
  private final boolean gaveUp;

  /** Reports something that belongs to no single row. */
  public DataException(String message) {
    super(message);
    this.faults = List.of();
    this.gaveUp = false;
  }

  /** Reports something that belongs to no single row, with its cause. */
  public DataException(String message, Throwable cause) {
    super(message, cause);
    this.faults = List.of();
    this.gaveUp = false;
  }

  DataException(List<DataFault> faults, boolean gaveUp) {
    super(describe(faults, gaveUp));
    this.faults = List.copyOf(faults);
    this.gaveUp = gaveUp;
  }

  /** Returns the rows at fault; empty if the fault belongs to no single row. */
  public List<DataFault> faults() {
    return faults;
  }

  /** Returns whether reading stopped at the last of the faults: there may be more. */
  public boolean gaveUp() {
    return gaveUp;
  }

  private static String describe(List<DataFault> faults, boolean gaveUp) {
    if (faults.size() == 1 && !gaveUp) {
      return faults.get(0).toString();
    }
    StringBuilder text = new StringBuilder();
    text.append(gaveUp ? "at least " : "").append(faults.size()).append(" rows cannot be used:");
    faults.forEach(fault -> text.append("\n  ").append(fault));
    return text.toString();
  }
}
