/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.operator;

import dev.dpo4j.template.text.Chars;
import dev.dpo4j.template.text.PyError;
import dev.dpo4j.template.value.Evaluation;
import dev.dpo4j.template.value.Markup;
import dev.dpo4j.template.value.None;
import dev.dpo4j.template.value.Numbers;
import dev.dpo4j.template.value.PyDict;
import dev.dpo4j.template.value.PyList;
import dev.dpo4j.template.value.PyRange;
import dev.dpo4j.template.value.PyTuple;
import dev.dpo4j.template.value.Text;
import dev.dpo4j.template.value.Types;
import dev.dpo4j.template.value.Undefined;
import java.util.ArrayList;
import java.util.List;

/** {@code value[start:stop:step]} on strings and sequences. */
public final class Slices {
  private Slices() {}

  /** Cuts; a bound that is not given is {@link None#NONE}. */
  public static Object slice(Evaluation in, Object value, Object start, Object stop, Object step) {
    String text = Text.of(value);
    if (text != null) {
      in.budget().scan(text.length());
      String cut = cutText(text, start, stop, step);
      in.budget().charge(cut);
      return value instanceof Markup ? new Markup(cut) : cut;
    }
    if (value instanceof PyList list) {
      return new PyList(cut(in, list.items(), start, stop, step));
    }
    if (value instanceof PyTuple tuple) {
      return PyTuple.of(cut(in, tuple.items(), start, stop, step));
    }
    if (value instanceof PyRange range) {
      Bounds bounds = bounds(range.size(), start, stop, step);
      return new PyRange(
          range.start() + bounds.start * range.step(),
          range.start() + bounds.stop * range.step(),
          range.step() * bounds.step);
    }
    Undefined.check(value);
    if (value instanceof PyDict) {
      throw PyError.type("unhashable type: 'slice'");
    }
    throw PyError.type("'" + Types.name(value) + "' object is not subscriptable");
  }

  private record Bounds(long start, long stop, long step) {}

  /** Python's slice.indices(length). */
  private static Bounds bounds(int length, Object start, Object stop, Object step) {
    long stride = step == None.NONE ? 1 : index(step);
    if (stride == 0) {
      throw PyError.value("slice step cannot be zero");
    }
    long lowest = stride < 0 ? -1 : 0;
    long highest = stride < 0 ? length - 1 : length;
    long from = stride < 0 ? highest : lowest;
    long to = stride < 0 ? lowest : highest;
    if (start != None.NONE) {
      from = clip(index(start), length, lowest, highest);
    }
    if (stop != None.NONE) {
      to = clip(index(stop), length, lowest, highest);
    }
    return new Bounds(from, to, stride);
  }

  private static long index(Object bound) {
    if (!Numbers.isInt(bound)) {
      throw PyError.type(
          "slice indices must be integers or None or have an __index__ method, not "
              + Types.name(bound));
    }
    return Numbers.clippedInt(bound);
  }

  private static long clip(long bound, int length, long lowest, long highest) {
    long absolute = bound < 0 ? bound + length : bound;
    return Math.max(lowest, Math.min(highest, absolute));
  }

  private static String cutText(String text, Object start, Object stop, Object step) {
    int length = Chars.length(text);
    Bounds bounds = bounds(length, start, stop, step);
    if (bounds.step == 1) {
      if (bounds.start >= bounds.stop) {
        return "";
      }
      int from = Chars.offset(text, (int) bounds.start);
      return text.substring(
          from, text.offsetByCodePoints(from, (int) (bounds.stop - bounds.start)));
    }
    int[] points = text.codePoints().toArray();
    StringBuilder cut = new StringBuilder();
    for (long i = bounds.start; bounds.step > 0 ? i < bounds.stop : i > bounds.stop; ) {
      cut.appendCodePoint(points[(int) i]);
      i += bounds.step;
    }
    return cut.toString();
  }

  private static List<Object> cut(
      Evaluation in, List<Object> items, Object start, Object stop, Object step) {
    Bounds bounds = bounds(items.size(), start, stop, step);
    List<Object> cut = new ArrayList<>();
    for (long i = bounds.start; bounds.step > 0 ? i < bounds.stop : i > bounds.stop; ) {
      cut.add(items.get((int) i));
      i += bounds.step;
    }
    in.budget().checkItems(cut.size());
    return cut;
  }
}
