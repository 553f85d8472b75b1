/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.value;

import dev.dpo4j.template.text.PyError;
import java.util.AbstractList;
import java.util.List;

/** A Python range of at most {@value #MAX_LENGTH} numbers, the limit of the jinja2 sandbox. */
public record PyRange(long start, long stop, long step) {
  static final int MAX_LENGTH = 100_000;

  public PyRange {
    if (step == 0) {
      throw PyError.value("range() arg 3 must not be zero");
    }
    if (length(start, stop, step) > MAX_LENGTH) {
      throw PyError.overflow(
          "Range too big. The sandbox blocks ranges larger than MAX_RANGE (" + MAX_LENGTH + ").");
    }
  }

  /** The count of numbers, computed in floating point first because the distance may overflow. */
  private static double length(long start, long stop, long step) {
    double distance = step > 0 ? (double) stop - start : (double) start - stop;
    return distance <= 0 ? 0 : Math.ceil(distance / Math.abs((double) step));
  }

  public int size() {
    if (step > 0 ? start >= stop : start <= stop) {
      return 0;
    }
    long distance = step > 0 ? stop - start : start - stop;
    long stride = Math.abs(step);
    return (int) ((distance + stride - 1) / stride);
  }

  long at(int index) {
    return start + index * step;
  }

  public List<Object> list() {
    PyRange range = this;
    return new AbstractList<>() {
      @Override
      public Object get(int index) {
        return range.at(index);
      }

      @Override
      public int size() {
        return range.size();
      }
    };
  }
}
