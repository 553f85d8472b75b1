/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.quant;

import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** A matrix in 8 bits a weight, with a scale for each row. */
public final class EightBitWeight implements PackedWeight {
  private final Tensor codes;
  private final Tensor steps;

  private EightBitWeight(Tensor codes, float[] scales) {
    this.codes = codes;
    float[] each = new float[scales.length];
    for (int row = 0; row < each.length; row++) {
      each[row] = Rows8.step(scales[row]);
    }
    this.steps = Scope.outside(() -> Tensor.ofFloats(each, each.length, 1));
  }

  /** Rounds a matrix. */
  public static EightBitWeight quantize(long rows, long columns, FourBitWeight.Pieces weights) {
    float[] scales = new float[Math.toIntExact(rows)];
    Tensor codes = Scope.outside(() -> Tensor.empty(DType.INT8, rows, columns));
    int atOnce = (int) Math.max(1, Piece.SIZE / columns);
    try {
      for (int row = 0; row < scales.length; row += atOnce) {
        float[] part = new float[Math.min(atOnce, scales.length - row)];
        int count = Math.toIntExact(part.length * columns);
        float[] piece = halves(weights.read(row * columns, count));
        codes.putBytes(row * columns, Rows8.quantize(piece, part));
        System.arraycopy(part, 0, scales, row, part.length);
      }
    } catch (RuntimeException e) {
      codes.close();
      throw e;
    }
    return new EightBitWeight(codes, scales);
  }

  private static float[] halves(float[] weights) {
    try (Scope scope = Scope.open()) {
      return Tensor.ofFloats(weights, weights.length).to(DType.FLOAT16).toFloats();
    }
  }

  /**
   * Takes a matrix as a checkpoint holds it.
   *
   * @param scales the largest absolute value of each row
   */
  public static EightBitWeight of(FourBitWeight.Codes codes, long columns, float[] scales) {
    return new EightBitWeight(Piece.read(codes, DType.INT8, scales.length, columns), scales);
  }

  @Override
  public String form() {
    return "int8";
  }

  @Override
  public long count() {
    return codes.count();
  }

  @Override
  public long bytes() {
    return codes.count() + steps.count() * Float.BYTES;
  }

  @Override
  public void widen(Tensor out) {
    try (Scope scope = Scope.open()) {
      out.view(codes.shape()).copy_(codes).mul_(steps);
    }
  }

  @Override
  public void digest(Consumer<ByteBuffer> digest) {
    Piece.digest(codes, digest);
    Piece.digest(steps, digest);
  }

  @Override
  public void close() {
    codes.close();
    steps.close();
  }
}
