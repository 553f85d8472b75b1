/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import dev.dpo4j.tensor.Tensor;
import java.util.function.LongSupplier;

/**
 * Dropout on the inputs of adapters, whose masks can be made again.
 *
 * <p>A mask depends on the seed, the optimizer step, the pass within the step and the module alone.
 * The backward pass therefore repeats it instead of keeping it, and so does a resumed run.
 */
public final class LoraDropout {
  private static final int LANES = 4;
  private static final int LANE_BITS = 16;
  private static final int LANE_MASK = (1 << LANE_BITS) - 1;
  private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

  private final int dropped;
  private final long seed;
  private final LongSupplier stepsTaken;
  private long step = -1;
  private long pass;

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

  /** Tells that a new forward pass begins: from now on there are other masks. */
  public void nextPass() {
    long now = stepsTaken.getAsLong();
    pass = now == step ? pass + 1 : 0;
    step = now;
  }

  /**
   * The mask of the present pass: 0 where an input is dropped, elsewhere what keeps the mean.
   *
   * @param stream number of the module
   */
  Tensor mask(long stream, long rows, long columns) {
    float[] mask = new float[Math.toIntExact(rows * columns)];
    float kept = (1 << LANE_BITS) / (float) ((1 << LANE_BITS) - dropped);
    long state = mix(mix(mix(mix(seed) ^ step) ^ pass) ^ stream);
    for (int i = 0; i < mask.length; i += LANES) {
      state += GOLDEN_GAMMA;
      long bits = mix(state);
      int end = Math.min(LANES, mask.length - i);
      for (int lane = 0; lane < end; lane++) {
        mask[i + lane] = ((int) (bits >>> (lane * LANE_BITS)) & LANE_MASK) < dropped ? 0 : kept;
      }
    }
    return Tensor.ofFloats(mask, rows, columns);
  }

  /** The finaliser of SplitMix64 (Steele, Lea and Flood 2014). */
  private static long mix(long x) {
    long z = (x ^ (x >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
