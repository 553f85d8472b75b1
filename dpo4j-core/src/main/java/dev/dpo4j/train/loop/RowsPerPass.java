/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.style.Experts;
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
 * @param everyToken whether the last token of a sequence, which is only a label, has a row, too:
 *     the balance of experts counts it
 */
public record RowsPerPass(int rows, boolean everyToken) {
  /** Rows times hidden size from which on no product was measured to become faster. */
  private static final int ENOUGH = 1024 * 576;

  private static final int MOST = 1024;
  private static final int LEAST = 256;

  /**
   * A card wants whole batches; what its memory holds is the plan's concern. So does a model that
   * looks at the whole batch: the use of experts is balanced over it, or its longest sequence
   * decides how all of it are rotated.
   */
  private static final int WHOLE = 1 << 15;

  /** The size for a model. */
  public static RowsPerPass of(ModelConfig model) {
    boolean balanced = balancesExperts(model);
    boolean byLength = model.rope().lengthOfChange() < Integer.MAX_VALUE;
    if (Backends.hasFusedKernels() || balanced || byLength) {
      return new RowsPerPass(WHOLE, balanced);
    }
    return new RowsPerPass(Math.max(LEAST, Math.min(MOST, ENOUGH / model.hiddenSize())));
  }

  /** Rows of a number alone. */
  public RowsPerPass(int rows) {
    this(rows, false);
  }

  private static boolean balancesExperts(ModelConfig model) {
    Experts experts = model.style().experts();
    return experts != null && experts.auxiliaryCoefficient() != 0;
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
