/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.operator;

import dev.dpo4j.template.value.Evaluation;
import dev.dpo4j.template.value.PyLogic;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Python's stable sort, which asks nothing but {@code <}. */
public final class Sorting {
  private Sorting() {}

  /** An item with the key it is sorted by. */
  private record Keyed<T>(T item, Object key) {}

  public static <T> List<T> sort(Evaluation in, List<T> items, Function<T, Object> key) {
    in.budget().checkItems(items.size());
    List<Keyed<T>> keyed = new ArrayList<>(items.size());
    for (T item : items) {
      keyed.add(new Keyed<>(item, key.apply(item)));
    }
    List<T> sorted = new ArrayList<>(items.size());
    for (Keyed<T> entry : merge(in, keyed)) {
      sorted.add(entry.item);
    }
    return sorted;
  }

  /** Descending; equal items keep their order, as sorted(reverse=True) promises. */
  public static <T> List<T> sortReversed(Evaluation in, List<T> items, Function<T, Object> key) {
    List<T> backwards = new ArrayList<>(items);
    java.util.Collections.reverse(backwards);
    List<T> sorted = sort(in, backwards, key);
    java.util.Collections.reverse(sorted);
    return sorted;
  }

  private static <T> List<Keyed<T>> merge(Evaluation in, List<Keyed<T>> items) {
    if (items.size() < 2) {
      return items;
    }
    int middle = items.size() / 2;
    List<Keyed<T>> left = merge(in, items.subList(0, middle));
    List<Keyed<T>> right = merge(in, items.subList(middle, items.size()));
    List<Keyed<T>> merged = new ArrayList<>(items.size());
    int i = 0;
    int j = 0;
    while (i < left.size() && j < right.size()) {
      in.budget().step();
      boolean takeRight = PyLogic.ordered(in, "<", right.get(j).key, left.get(i).key);
      merged.add(takeRight ? right.get(j++) : left.get(i++));
    }
    merged.addAll(left.subList(i, left.size()));
    merged.addAll(right.subList(j, right.size()));
    return merged;
  }
}
