/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/** Chooses the prompts that a model answers while it is trained. */
public final class SamplePrompts {
  private SamplePrompts() {}

  /** The first different prompts of some rows; rows without a prompt are passed over. */
  public static <T> List<int[]> first(List<T> rows, Function<T, int[]> prompt, int count) {
    List<int[]> prompts = new ArrayList<>();
    Predicate<int[]> unseen = unseen();
    for (T row : rows) {
      if (prompts.size() == count) {
        break;
      }
      int[] ids = prompt.apply(row);
      if (unseen.test(ids)) {
        prompts.add(ids);
      }
    }
    return prompts;
  }

  /** Holds for a prompt that is not empty when it is asked about for the first time. */
  public static Predicate<int[]> unseen() {
    Set<List<Integer>> seen = new HashSet<>();
    return ids -> ids.length > 0 && seen.add(Arrays.stream(ids).boxed().toList());
  }
}
