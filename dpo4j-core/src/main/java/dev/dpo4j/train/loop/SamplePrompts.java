/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Chooses the prompts that a model answers while it is trained. */
public final class SamplePrompts {
  private SamplePrompts() {}

  /** The first different prompts of some rows; rows without a prompt are passed over. */
  public static <T> List<int[]> first(List<T> rows, Function<T, int[]> prompt, int count) {
    List<int[]> prompts = new ArrayList<>();
    Set<List<Integer>> seen = new HashSet<>();
    for (T row : rows) {
      if (prompts.size() == count) {
        break;
      }
      int[] ids = prompt.apply(row);
      if (ids.length > 0 && seen.add(Arrays.stream(ids).boxed().toList())) {
        prompts.add(ids);
      }
    }
    return prompts;
  }
}
