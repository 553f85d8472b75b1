/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim;

import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Ops;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.tensor.offload.HostedNumbers;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One running mean of AdamW, one number a weight, held in a {@link MomentFormat}.
 *
 * <p>In the narrow formats a step changes the mean by less than half a unit of its last place,
 * which rounding to nearest would drop for ever. So it is rounded up or down by a dither that runs
 * evenly over the steps; it depends on the step's number alone, so that a run can be repeated and
 * resumed.
 */
final class Moment {
  /** Weights that share one scale in the 8-bit format. */
  static final int BLOCK = 256;

  /** The largest of a block becomes this, well below 448, the largest 8-bit float. */
  private static final double BLOCK_MAX = 240;

  /** The smallest 8-bit float above zero: a squared mean must not vanish beside its mean. */
  private static final double SMALLEST = 1.0 / 512;

  private static final int BFLOAT16_BITS = 7;
  private static final int FLOAT8_BITS = 3;

  private final MomentFormat format;
  private final boolean squared;
  private final HostedNumbers.Array values;
  private final HostedNumbers.@Nullable Array scales;

  /**
   * Makes a mean of zeros.
   *
   * @param numbers where it lies; it is closed with them
   * @param squared whether it is the mean of squares: its root is what the 8-bit format holds,
   *     which doubles the range
   */
  Moment(HostedNumbers numbers, MomentFormat format, long count, boolean squared) {
    this.format = format;
    this.squared = squared;
    long blocks = (count + BLOCK - 1) / BLOCK;
    long padded = format == MomentFormat.FLOAT32 ? count : blocks * BLOCK;
    this.values = numbers.add(format.dtype(), 1, padded);
    this.scales =
        format == MomentFormat.FLOAT8 ? numbers.add(DType.FLOAT32, BLOCK, blocks, 1) : null;
  }

  /** A mean that needs no decoding, from number {@link #begin} on. */
  Tensor float32() {
    return values.present();
  }

  /** The first number of {@link #float32}. */
  long begin() {
    return values.begin();
  }

  /** What has to be kept for going on later, under names that begin with {@code name}. */
  Map<String, Tensor> state(String name) {
    Map<String, Tensor> state = new LinkedHashMap<>();
    state.put(name, values.all());
    if (scales != null) {
      state.put(name + "_scale", scales.all());
    }
    return state;
  }

  /** Decodes the numbers from {@code from} on, a multiple of the block, into {@code out}. */
  void read(Tensor out, long from) {
    Tensor part = values.narrow(from, out.count());
    if (scales == null) {
      out.copy_(part);
      return;
    }
    Ops.decode8(out, part);
    long blocks = out.count() / BLOCK;
    out.view(blocks, BLOCK).mul_(scales.narrow(from / BLOCK, blocks));
    if (squared) {
      out.mul_(out);
    }
  }

  /**
   * Encodes numbers.
   *
   * @param in float32, used up
   * @param scratch as large as {@code in}
   * @param dither in [0, 1), see {@link Ops#roundMantissa}
   */
  void write(Tensor in, Tensor scratch, long from, double dither) {
    Tensor part = values.narrow(from, in.count());
    if (scales == null) {
      Ops.roundMantissa(in, BFLOAT16_BITS, dither);
      part.copy_(in);
      return;
    }
    long blocks = in.count() / BLOCK;
    if (squared) {
      in.sqrt_();
    }
    Ops.abs(scratch, in);
    Tensor scale = scales.narrow(from / BLOCK, blocks);
    Ops.rowMax(scale, scratch.view(blocks, BLOCK));
    scale.mul_(1 / BLOCK_MAX).clampMin_(Float.MIN_NORMAL);
    in.view(blocks, BLOCK).div_(scale);
    Ops.roundMantissa(in, FLOAT8_BITS, dither);
    if (squared) {
      in.clampMin_(SMALLEST);
    }
    Ops.encode8(part, in);
  }

  /** Whether the numbers lie as float32 and can be updated in place. */
  boolean isFloat32() {
    return format == MomentFormat.FLOAT32;
  }
}
