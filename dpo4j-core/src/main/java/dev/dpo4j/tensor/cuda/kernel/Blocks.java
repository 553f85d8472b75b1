/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.kernel;

/** How many blocks of threads a kernel needs; any number is right, these are fast. */
public final class Blocks {
  /** Threads of a block. */
  public static final int THREADS = 256;

  /** Elements that a thread reads at once. */
  public static final int PACK = 8;

  /** Rows up to this length belong to a warp, longer ones to a block: as common.cuh has it. */
  private static final long WARP_ROW = 1024;

  private static final int WARP = 32;
  private static final long MOST = 1L << 20;

  private Blocks() {}

  /** For a kernel whose threads take packs of neighbours. */
  public static long forElements(long count) {
    return limited(ceil(count, (long) THREADS * PACK));
  }

  /** For a kernel whose threads take one element each, which lie anywhere or cost much. */
  public static long forSingles(long count) {
    return limited(ceil(count, THREADS));
  }

  /** For a kernel whose rows are shared by the threads of a warp or block. */
  public static long forRows(long rows, long columns) {
    return limited(columns <= WARP_ROW ? ceil(rows, THREADS / WARP) : rows);
  }

  /** Threads of a block of which each has its own pack of a row. */
  public static int threadsForColumns(long columns) {
    return (int) Math.min(THREADS, ceil(ceil(columns, PACK), WARP) * WARP);
  }

  /** At least one block, and no more than a card starts well. */
  public static long limited(long blocks) {
    return Math.min(Math.max(blocks, 1), MOST);
  }

  public static long ceil(long count, long each) {
    return (count + each - 1) / each;
  }
}
