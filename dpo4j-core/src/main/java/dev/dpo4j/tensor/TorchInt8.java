/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Packs weights in 8 bits for the engine's kernel that rounds factors to 8 bits as it goes, reached
 * like {@link TorchPacking}.
 *
 * <p>Weights are held as whole numbers from -127 to 127 times a scale for each output; the scale of
 * the factors is that of their largest value in the whole product.
 */
final class TorchInt8 {
  private static final Logger LOG = LoggerFactory.getLogger(TorchInt8.class);

  private static final double LARGEST = 127;

  /** What 8 bits on both sides lose, of the norm; a kernel that overflows is off by far more. */
  private static final double MAX_ERROR = 0.03;

  private final OperatorHandle prepack;
  private final OperatorHandle product;
  private final IValue none = new IValue();
  private final IValue reducedRange;

  private TorchInt8(Dispatcher registry, boolean reducedRange) {
    this.reducedRange = new IValue(reducedRange);
    prepack = registry.findSchemaOrThrow("quantized::linear_prepack", "");
    product = registry.findSchemaOrThrow("quantized::linear_dynamic", "");
  }

  /** Finds the kernel and tries it; returns null where it does not exist or does not compute. */
  static @Nullable TorchInt8 find() {
    try {
      double error = 0;
      // Without instructions for it (VNNI), sums of two products overflow unless factors have 7
      // bits.
      for (boolean reducedRange : new boolean[] {false, true}) {
        TorchInt8 packing = new TorchInt8(Dispatcher.singleton(), reducedRange);
        error =
            Math.max(
                TorchPacking.errorOfTrial(packing::pack),
                TorchPacking.errorOfLargest(packing::pack));
        if (error <= MAX_ERROR) {
          return packing;
        }
      }
      LOG.warn("Products of weights in 8 bits are not used: they are wrong by {}", error);
    } catch (RuntimeException e) {
      LOG.debug("No products of weights in 8 bits on this processor", e);
    }
    return null;
  }

  /** See {@link PackedMatrix#int8}. */
  Backend.@Nullable Packed pack(TensorHandle weights) {
    org.bytedeco.pytorch.Tensor w = TorchHandle.unwrap(weights);
    if (w.dim() != 2 || weights.dtype() != DType.FLOAT32 || !w.is_contiguous()) {
      return null;
    }
    try (org.bytedeco.pytorch.Tensor absolute = w.abs();
        org.bytedeco.pytorch.Tensor largest = absolute.amax(new long[] {1}, false);
        org.bytedeco.pytorch.Tensor sum = largest.sum()) {
      if (!Float.isFinite(sum.item_float())) {
        return null;
      }
      return new Packed(prepack(w, largest), w.numel());
    }
  }

  private IValue prepack(org.bytedeco.pytorch.Tensor w, org.bytedeco.pytorch.Tensor largest) {
    try (Scalar steps = new Scalar(LARGEST);
        Scalar least = new Scalar(Float.MIN_NORMAL);
        org.bytedeco.pytorch.Tensor raw = largest.div(steps);
        // An output of zeros only has no scale of its own.
        org.bytedeco.pytorch.Tensor positive = raw.clamp_min(least);
        org.bytedeco.pytorch.Tensor scales = positive.to(torch.ScalarType.Double);
        org.bytedeco.pytorch.Tensor zeros = torch.zeros_like(scales);
        org.bytedeco.pytorch.Tensor zeroPoints = zeros.to(torch.ScalarType.Long);
        org.bytedeco.pytorch.Tensor quantised =
            torch.quantize_per_channel(w, scales, zeroPoints, 0, torch.ScalarType.QInt8);
        IValue weights = new IValue(quantised)) {
      return Natives.call(prepack, weights, none);
    }
  }

  private final class Packed implements Backend.Packed {
    private final IValue weights;
    private final long elements;

    Packed(IValue weights, long elements) {
      this.weights = weights;
      this.elements = elements;
    }

    @Override
    public TensorHandle times(TensorHandle x) {
      org.bytedeco.pytorch.Tensor rows = TorchHandle.unwrap(x);
      if (rows.size(0) == 1) {
        return new TorchHandle(product(rows));
      }
      // One scale serves the whole product: a row with large values must not cost the others.
      try (org.bytedeco.pytorch.Tensor absolute = rows.abs();
          org.bytedeco.pytorch.Tensor raw = absolute.amax(new long[] {1}, true);
          Scalar least = new Scalar(Float.MIN_NORMAL);
          org.bytedeco.pytorch.Tensor largest = raw.clamp_min(least);
          org.bytedeco.pytorch.Tensor even = rows.div(largest)) {
        org.bytedeco.pytorch.Tensor result = product(even);
        Natives.done(result, result.mul_(largest));
        return new TorchHandle(result);
      }
    }

    private org.bytedeco.pytorch.Tensor product(org.bytedeco.pytorch.Tensor rows) {
      try (IValue factor = new IValue(rows)) {
        return Natives.callForTensor(product, factor, weights, reducedRange);
      }
    }

    @Override
    public PackedMatrix.Form form() {
      return PackedMatrix.Form.INT8;
    }

    @Override
    public long bytes() {
      return elements;
    }

    @Override
    public void close() {
      weights.close();
    }
  }
}
