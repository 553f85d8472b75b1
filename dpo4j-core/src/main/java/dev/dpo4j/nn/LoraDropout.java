/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import dev.dpo4j.tensor.Tensor;
import java.util.function.LongSupplier;

/**
 * Dropout on the inputs of adapters, whose masks can be made again.
 *
 * <p>What is dropped of a token depends on the seed, the optimizer step, the module, the tokens of
 * the data row that it belongs to, and its place there. It does not depend on the rows beside it,
 * so that micro-batches of another size and several processes drop the same. The backward pass
 * repeats a mask instead of keeping it, and so does a resumed run. The price: rows of a step that
 * are equal have equal masks.
 */
public final class LoraDropout {
  private static final int LANES = 4;
  private static final int LANE_BITS = 16;
  private static final int LANE_MASK = (1 << LANE_BITS) - 1;
  private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

  private final int dropped;
  private final long seed;
  private final LongSupplier stepsTaken;
  private long step;
  private long[] tokens = {};

  /**
   * Makes a source of masks.
   *
   * @param probability share of the inputs that is set to zero, in [0, 1); it is rounded to a
   *     multiple of 2^-16
   * @param stepsTaken the number of optimizer steps taken so far
   */
  public LoraDropout(double probability, long seed, LongSupplier stepsTaken) {
    if (!(probability >= 0 && probability < 1)) {
      throw new IllegalArgumentException("lora_dropout must be in [0, 1) but was " + probability);
    }
    this.dropped = (int) Math.round(probability * (1 << LANE_BITS));
    this.seed = seed;
    this.stepsTaken = stepsTaken;
  }

  /** Tells which rows the next forward and backward pass are about. */
  public void nextPass(FlatBatch batch) {
    step = stepsTaken.getAsLong();
    tokens = new long[batch.rows()];
    int[] ids = batch.tokenIds();
    for (FlatBatch.Group tree : batch.groups()) {
      long key = mix(tree.prefix());
      for (int i = tree.start(); i < tree.start() + tree.rows(); i++) {
        key = mix(key ^ ids[i]) + GOLDEN_GAMMA;
      }
      for (int branch : tree.branches()) {
        key = mix(key ^ branch) + GOLDEN_GAMMA;
      }
      for (int i = 0; i < tree.rows(); i++) {
        tokens[tree.start() + i] = mix(key ^ mix(i + GOLDEN_GAMMA));
      }
    }
  }

  /**
   * The mask of the present pass: 0 where an input is dropped, elsewhere what keeps the mean.
   *
   * @param stream number of the module
   * @param rows those of the batch of the pass
   */
  Tensor mask(long stream, long rows, long columns) {
    if (rows != tokens.length) {
      throw new IllegalArgumentException(
          "a mask is made for the %d rows of the pass, not for %d".formatted(tokens.length, rows));
    }
    float[] mask = new float[Math.toIntExact(rows * columns)];
    long pass = mix(mix(mix(seed) ^ step) ^ stream);
    int width = Math.toIntExact(columns);
    for (int row = 0; row < tokens.length; row++) {
      fill(mask, row * width, (row + 1) * width, mix(pass ^ tokens[row]));
    }
    return Tensor.ofFloats(mask, rows, columns);
  }

  private void fill(float[] mask, int from, int to, long start) {
    float kept = (1 << LANE_BITS) / (float) ((1 << LANE_BITS) - dropped);
    long state = start;
    for (int i = from; i < to; i += LANES) {
      state += GOLDEN_GAMMA;
      long bits = mix(state);
      int end = Math.min(LANES, to - i);
      for (int lane = 0; lane < end; lane++) {
        mask[i + lane] = ((int) (bits >>> (lane * LANE_BITS)) & LANE_MASK) < dropped ? 0 : kept;
      }
    }
  }

  /** The finaliser of SplitMix64 (Steele, Lea and Flood 2014). */
  private static long mix(long x) {
    long z = (x ^ (x >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
