/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.tensor.Backends;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;

/**
 * How many rows a pass through the model has at most, unless a single entry has more.
 *
 * <p>More rows make a product faster until it is large enough; beyond, they only keep more
 * activations. Wide layers are there with fewer rows. The size depends on the model alone, so that
 * policy and reference see the same passes, on every machine.
 *
 * @param rows rows after which nothing further is added
 */
public record RowsPerPass(int rows) {
  /** Rows times hidden size from which on no product was measured to become faster. */
  private static final int ENOUGH = 1024 * 576;

  private static final int MOST = 1024;
  private static final int LEAST = 256;

  /** A card wants whole batches; what its memory holds is the plan's concern. */
  private static final int ON_CARD = 1 << 15;

  /** The size for a model. */
  public static RowsPerPass of(ModelConfig model) {
    if (Backends.hasFusedKernels()) {
      return new RowsPerPass(ON_CARD);
    }
    return new RowsPerPass(Math.max(LEAST, Math.min(MOST, ENOUGH / model.hiddenSize())));
  }

  /**
   * Splits entries into passes, one entry at least, in order.
   *
   * @param entries numbers of entries
   * @param length rows of an entry
   */
  public List<int[]> split(int[] entries, IntUnaryOperator length) {
    List<int[]> passes = new ArrayList<>();
    int from = 0;
    int total = 0;
    for (int i = 0; i < entries.length; i++) {
      int count = length.applyAsInt(entries[i]);
      if (i > from && total + count > rows) {
        passes.add(Arrays.copyOfRange(entries, from, i));
        from = i;
        total = 0;
      }
      total += count;
    }
    if (from < entries.length) {
      passes.add(Arrays.copyOfRange(entries, from, entries.length));
    }
    return passes;
  }
}
