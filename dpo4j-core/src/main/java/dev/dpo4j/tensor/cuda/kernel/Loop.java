/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.kernel;

import java.util.Arrays;

/**
 * The loop over all elements of a target, with the steps that it and its operands take in each
 * dimension; neighbouring dimensions that can be walked as one are one.
 */
public final class Loop {
  /** Dimensions that a kernel can walk. */
  public static final int RANK = 6;

  private final long[] sizes;
  private final long[][] steps;

  private Loop(long[] sizes, long[][] steps) {
    this.sizes = sizes;
    this.steps = steps;
  }

  /**
   * Plans a loop.
   *
   * @param out the target
   * @param operands broadcast to its shape
   * @throws IllegalArgumentException if an operand's shape does not fit
   */
  public static Loop over(CudaTensor out, CudaTensor... operands) {
    int rank = out.rank();
    long[][] steps = new long[operands.length + 1][];
    steps[0] = out.strides();
    for (int i = 0; i < operands.length; i++) {
      steps[i + 1] = broadcast(operands[i], out.shape());
    }
    long[] sizes = new long[Math.max(rank, 1)];
    long[][] merged = new long[steps.length][Math.max(rank, 1)];
    int used = 0;
    for (int dim = rank - 1; dim >= 0; dim--) {
      long size = out.size(dim);
      if (size == 1) {
        continue;
      }
      if (used > 0 && continues(steps, dim, merged, used - 1, sizes[used - 1])) {
        sizes[used - 1] *= size;
        continue;
      }
      sizes[used] = size;
      for (int i = 0; i < steps.length; i++) {
        merged[i][used] = steps[i][dim];
      }
      used++;
    }
    return reversed(sizes, merged, used);
  }

  private static boolean continues(long[][] steps, int dim, long[][] merged, int last, long size) {
    for (int i = 0; i < steps.length; i++) {
      if (steps[i][dim] != merged[i][last] * size) {
        return false;
      }
    }
    return true;
  }

  private static Loop reversed(long[] sizes, long[][] merged, int used) {
    int rank = Math.max(used, 1);
    if (rank > RANK) {
      throw new IllegalArgumentException("a loop of " + rank + " dimensions is too deep");
    }
    long[] outSizes = new long[rank];
    Arrays.fill(outSizes, 1);
    long[][] outSteps = new long[merged.length][rank];
    for (int i = 0; i < used; i++) {
      outSizes[i] = sizes[used - 1 - i];
      for (int t = 0; t < merged.length; t++) {
        outSteps[t][i] = merged[t][used - 1 - i];
      }
    }
    return new Loop(outSizes, outSteps);
  }

  private static long[] broadcast(CudaTensor operand, long[] shape) {
    long[] steps = new long[shape.length];
    int shift = shape.length - operand.rank();
    if (shift < 0) {
      throw mismatch(operand, shape);
    }
    for (int i = 0; i < operand.rank(); i++) {
      long size = operand.size(i);
      if (size != 1 && size != shape[i + shift]) {
        throw mismatch(operand, shape);
      }
      steps[i + shift] = size == 1 ? 0 : operand.strides()[i];
    }
    return steps;
  }

  private static IllegalArgumentException mismatch(CudaTensor operand, long[] shape) {
    return new IllegalArgumentException(
        "shape %s cannot be broadcast to %s"
            .formatted(Arrays.toString(operand.shape()), Arrays.toString(shape)));
  }

  /** Adds count, rank and sizes to a kernel's arguments. */
  public Arguments addSizes(Arguments arguments) {
    return arguments.add(count()).add(sizes.length).add(sizes, RANK, 1);
  }

  /** Adds the steps of the target (0) or an operand (from 1 on). */
  public Arguments addSteps(Arguments arguments, int tensor) {
    return arguments.add(steps[tensor], RANK, 0);
  }

  public long count() {
    return CudaTensor.count(sizes);
  }
}
