/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import dev.dpo4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which rows see which rows, as blocks of queries with the ranges of their keys.
 *
 * <p>Keys that no query of a block may see are in no range, so the masked half of a causal matrix
 * is not computed, and a branch reads its prompt's keys where they lie. One plan serves all layers
 * with the same window.
 */
public final class AttentionPlan implements AutoCloseable {
  /** Query rows of a block: larger wastes more of the causal triangle, smaller wastes calls. */
  static final int BLOCK_ROWS = 128;

  record Range(int start, int length) {}

  /**
   * Queries of consecutive rows.
   *
   * @param row first row
   * @param rows number of rows
   * @param keys ranges of rows that they see, in the order of positions
   * @param keyCount rows in all ranges
   * @param mask added to the scores, {@code [rows * group, keyCount]}, or null where only the
   *     causal triangle of the last {@code rows} keys is hidden
   */
  record Block(int row, int rows, List<Range> keys, int keyCount, @Nullable Tensor mask) {}

  private final List<Block> blocks;
  private final Tensor triangle;

  private AttentionPlan(List<Block> blocks, Tensor triangle) {
    this.blocks = blocks;
    this.triangle = triangle;
  }

  /**
   * Plans the attention of a batch.
   *
   * @param group query heads per key head
   * @param window tokens that a query sees, itself included; 0 for all
   */
  static AttentionPlan of(FlatBatch batch, int group, int window) {
    List<Block> blocks = new ArrayList<>();
    int largest = 1;
    for (FlatBatch.Group tree : batch.groups()) {
      Segment prefix = new Segment(tree.start(), 0, tree.start(), 0, tree.prefix());
      prefix.cut(blocks, group, window);
      int row = tree.start() + tree.prefix();
      for (int rows : tree.branches()) {
        new Segment(tree.start(), tree.prefix(), row, tree.prefix(), rows)
            .cut(blocks, group, window);
        row += rows;
      }
    }
    for (Block block : blocks) {
      largest = Math.max(largest, block.rows());
    }
    return new AttentionPlan(List.copyOf(blocks), triangle(largest, group));
  }

  List<Block> blocks() {
    return blocks;
  }

  /** Hides what lies after each query: {@code [rows * group, rows]} of the largest block. */
  Tensor triangle() {
    return triangle;
  }

  private static Tensor triangle(int rows, int group) {
    float[] mask = new float[rows * group * rows];
    for (int q = 0; q < rows * group; q++) {
      for (int k = q / group + 1; k < rows; k++) {
        mask[q * rows + k] = Float.NEGATIVE_INFINITY;
      }
    }
    return Tensor.ofFloats(mask, (long) rows * group, rows);
  }

  /**
   * Rows that see a prefix and, causally, themselves.
   *
   * @param prefixRow first row of the prefix
   * @param prefixRows rows of the prefix, whose positions count from 0
   * @param row first row of the segment
   * @param position position of that row
   * @param rows rows of the segment
   */
  private record Segment(int prefixRow, int prefixRows, int row, int position, int rows) {

    void cut(List<Block> blocks, int group, int window) {
      for (int done = 0; done < rows; done += BLOCK_ROWS) {
        blocks.add(block(done, Math.min(BLOCK_ROWS, rows - done), group, window));
      }
    }

    private Block block(int done, int count, int group, int window) {
      int firstPosition = position + done;
      int oldest = window > 0 ? Math.max(0, firstPosition - window + 1) : 0;
      List<Range> keys = new ArrayList<>();
      if (oldest < prefixRows) {
        keys.add(new Range(prefixRow + oldest, prefixRows - oldest));
      }
      int ownFrom = Math.max(0, oldest - position);
      Range own = new Range(row + ownFrom, done + count - ownFrom);
      Range last = keys.isEmpty() ? null : keys.get(keys.size() - 1);
      if (last != null && last.start() + last.length() == own.start()) {
        keys.set(keys.size() - 1, new Range(last.start(), last.length() + own.length()));
      } else {
        keys.add(own);
      }
      int keyCount = keys.stream().mapToInt(Range::length).sum();
      int lastPosition = firstPosition + count - 1;
      boolean windowBites = window > 0 && lastPosition - oldest >= window;
      Tensor mask =
          windowBites ? windowMask(firstPosition, count, oldest, keyCount, group, window) : null;
      return new Block(row + done, count, List.copyOf(keys), keyCount, mask);
    }

    /** Positions of the keys run from {@code oldest} on without a gap. */
    private static Tensor windowMask(
        int firstPosition, int count, int oldest, int keyCount, int group, int window) {
      float[] mask = new float[count * group * keyCount];
      for (int q = 0; q < count * group; q++) {
        int queryPosition = firstPosition + q / group;
        for (int k = 0; k < keyCount; k++) {
          int keyPosition = oldest + k;
          if (keyPosition > queryPosition || queryPosition - keyPosition >= window) {
            mask[q * keyCount + k] = Float.NEGATIVE_INFINITY;
          }
        }
      }
      return Tensor.ofFloats(mask, (long) count * group, keyCount);
    }
  }

  @Override
  public void close() {
    triangle.close();
    for (Block block : blocks) {
      if (block.mask() != null) {
        block.mask().close();
      }
    }
  }
}
