/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

import java.util.Arrays;
import java.util.function.Function;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Packs weights for the engine's kernel of 16-bit weights and float32 factors (FBGEMM).
 *
 * <p>The kernel has no binding of its own; it is reached through the engine's registry of
 * operators. It exists for x86-64 with AVX2; elsewhere nothing is packed.
 */
final class TorchPacking {
  private static final Logger LOG = LoggerFactory.getLogger(TorchPacking.class);

  /** Elements that are checked at once: temporary copies of so many fit into a cache. */
  private static final long PIECE = 1L << 18;

  /** The largest power of two that a 16-bit number holds. */
  private static final int LARGEST_EXPONENT = 15;

  /** A product may differ from the float32 one by rounding; of its largest value. */
  private static final double MAX_ERROR = 1e-4;

  private final OperatorHandle prepack;
  private final OperatorHandle product;
  private final IValue none = new IValue();

  private TorchPacking(Dispatcher registry) {
    prepack = registry.findSchemaOrThrow("quantized::linear_prepack_fp16", "");
    product = registry.findSchemaOrThrow("quantized::linear_dynamic_fp16", "");
  }

  /** Finds the kernel and tries it; returns null where it does not exist or does not compute. */
  static @Nullable TorchPacking find() {
    try {
      TorchPacking packing = new TorchPacking(Dispatcher.singleton());
      double error = errorOfTrial(packing::pack);
      if (error <= MAX_ERROR) {
        return packing;
      }
      LOG.warn("Products of packed weights are not used: they are wrong by {}", error);
    } catch (RuntimeException e) {
      LOG.debug("No products of packed weights on this processor", e);
    }
    return null;
  }

  /**
   * Tries a kernel on a matrix whose sizes fit no block.
   *
   * @return the norm of the error over that of the result; NaN if nothing was packed
   */
  static double errorOfTrial(Function<TensorHandle, Backend.@Nullable Packed> pack) {
    try (Scope scope = Scope.open()) {
      return error(pack, pattern(71, 530), pattern(3, 530));
    }
  }

  /** The same where every term of every sum is as large as it can be. */
  static double errorOfLargest(Function<TensorHandle, Backend.@Nullable Packed> pack) {
    float[] ones = new float[71 * 530];
    Arrays.fill(ones, 1);
    try (Scope scope = Scope.open()) {
      return error(pack, Tensor.ofFloats(ones, 71, 530), Tensor.ofFloats(ones, 71, 530));
    }
  }

  private static double error(
      Function<TensorHandle, Backend.@Nullable Packed> pack, Tensor w, Tensor x) {
    try (Scope scope = Scope.open()) {
      Tensor expected = Tensor.empty(DType.FLOAT32, x.size(0), w.size(0));
      Ops.mm(expected, x, w.transpose(0, 1));
      try (Backend.Packed packed = pack.apply(w.handle())) {
        if (packed == null) {
          return Double.NaN;
        }
        Tensor found = new Tensor(w.backend(), packed.times(x.handle()));
        double largest = expected.norm();
        return found.sub_(expected).norm() / largest;
      }
    }
  }

  private static Tensor pattern(long rows, long columns) {
    float[] values = new float[(int) (rows * columns)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(0.7 * i + 0.1);
    }
    return Tensor.ofFloats(values, rows, columns);
  }

  /** See {@link PackedMatrix#of}. */
  Backend.@Nullable Packed pack(TensorHandle weights) {
    org.bytedeco.pytorch.Tensor w = TorchHandle.unwrap(weights);
    if (w.dim() != 2 || weights.dtype() != DType.FLOAT32 || !w.is_contiguous()) {
      return null;
    }
    if (lost(w) == 0) {
      return new Halves(one(w), 1, null, 1, w.numel());
    }
    double largest = largest(w);
    if (!(largest > 0 && largest < Double.POSITIVE_INFINITY)) {
      return null;
    }
    // Powers of two: multiplying by them and dividing again loses nothing.
    double scale = Math.scalb(1.0, LARGEST_EXPONENT - Math.getExponent(largest) - 1);
    try (org.bytedeco.pytorch.Tensor scaled = times(w, scale)) {
      double lost = lost(scaled);
      if (lost == 0) {
        return new Halves(one(scaled), 1 / scale, null, 1, w.numel());
      }
      return split(scaled, scale, lost);
    }
  }

  /** The first 11 bits and those behind them. */
  private Backend.@Nullable Packed split(
      org.bytedeco.pytorch.Tensor scaled, double scale, double lost) {
    double more = Math.scalb(1.0, LARGEST_EXPONENT - Math.getExponent(lost) - 1);
    IValue first = one(scaled);
    try (org.bytedeco.pytorch.Tensor half = scaled.to(torch.ScalarType.Half);
        org.bytedeco.pytorch.Tensor back = half.to(torch.ScalarType.Float);
        Scalar factor = new Scalar(more)) {
      // scaled - back is exact in float32, and so is its multiple by a power of two.
      Natives.done(scaled, scaled.sub_(back));
      Natives.done(scaled, scaled.mul_(factor));
    }
    return new Halves(first, 1 / scale, one(scaled), 1 / (scale * more), scaled.numel());
  }

  private static org.bytedeco.pytorch.Tensor times(org.bytedeco.pytorch.Tensor w, double scale) {
    try (Scalar factor = new Scalar(scale)) {
      return w.mul(factor);
    }
  }

  private static double largest(org.bytedeco.pytorch.Tensor w) {
    try (org.bytedeco.pytorch.Tensor absolute = w.abs();
        org.bytedeco.pytorch.Tensor max = absolute.max()) {
      return max.item_float();
    }
  }

  /** The largest difference between a weight and what 16 bits hold of it. */
  private static double lost(org.bytedeco.pytorch.Tensor w) {
    double lost = 0;
    long rows = Math.max(1, PIECE / Math.max(1, w.size(1)));
    for (long row = 0; row < w.size(0); row += rows) {
      try (org.bytedeco.pytorch.Tensor piece = w.narrow(0, row, Math.min(rows, w.size(0) - row));
          org.bytedeco.pytorch.Tensor half = piece.to(torch.ScalarType.Half);
          org.bytedeco.pytorch.Tensor back = half.to(torch.ScalarType.Float)) {
        Natives.done(back, back.sub_(piece));
        double largest = largest(back);
        lost = largest <= lost ? lost : largest;
      }
    }
    return lost;
  }

  private IValue one(org.bytedeco.pytorch.Tensor w) {
    try (IValue weights = new IValue(w)) {
      return Natives.call(prepack, weights, none);
    }
  }

  /** One packed matrix, or the sum of two, each with the number that its product is times. */
  final class Halves implements Backend.Packed {
    private final IValue first;
    private final double firstFactor;
    private final @Nullable IValue second;
    private final double secondFactor;
    private final long elements;

    Halves(
        IValue first,
        double firstFactor,
        @Nullable IValue second,
        double secondFactor,
        long elements) {
      this.first = first;
      this.firstFactor = firstFactor;
      this.second = second;
      this.secondFactor = secondFactor;
      this.elements = elements;
    }

    /** The packed matrix, for scripts; it stays this object's. */
    IValue matrix() {
      return first;
    }

    /** What a product by {@link #matrix} is to be multiplied by. */
    double factor() {
      return firstFactor;
    }

    @Override
    public TensorHandle times(TensorHandle x) {
      try (IValue factor = new IValue(TorchHandle.unwrap(x))) {
        org.bytedeco.pytorch.Tensor result = Natives.callForTensor(product, factor, first);
        if (firstFactor != 1) {
          try (Scalar scalar = new Scalar(firstFactor)) {
            Natives.done(result, result.mul_(scalar));
          }
        }
        IValue rest = second;
        if (rest != null) {
          try (org.bytedeco.pytorch.Tensor more = Natives.callForTensor(product, factor, rest);
              Scalar scalar = new Scalar(secondFactor)) {
            Natives.done(result, result.add_(more, scalar));
          }
        }
        return new TorchHandle(result);
      }
    }

    @Override
    public PackedMatrix.Form form() {
      return second == null ? PackedMatrix.Form.HALF : PackedMatrix.Form.TWO_HALVES;
    }

    @Override
    public long bytes() {
      return elements * DType.FLOAT16.byteSize() * (second == null ? 1 : 2);
    }

    @Override
    public void close() {
      first.close();
      if (second != null) {
        second.close();
      }
    }
  }
}
