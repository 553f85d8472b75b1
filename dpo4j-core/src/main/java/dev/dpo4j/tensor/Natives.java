/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/** Conversions between our types and the engine's, and calls of it. */
final class Natives {
  private Natives() {}

  static torch.ScalarType scalarType(DType dtype) {
    return switch (dtype) {
      case FLOAT64 -> torch.ScalarType.Double;
      case FLOAT32 -> torch.ScalarType.Float;
      case BFLOAT16 -> torch.ScalarType.BFloat16;
      case FLOAT16 -> torch.ScalarType.Half;
      case INT64 -> torch.ScalarType.Long;
      case INT32 -> torch.ScalarType.Int;
      case INT16 -> torch.ScalarType.Short;
      case INT8 -> torch.ScalarType.Char;
      case UINT8 -> torch.ScalarType.Byte;
      case BOOL -> torch.ScalarType.Bool;
    };
  }

  static DType dtype(torch.ScalarType type) {
    for (DType dtype : DType.values()) {
      if (scalarType(dtype).value == type.value) {
        return dtype;
      }
    }
    throw new IllegalArgumentException("the engine's element type " + type + " is not supported");
  }

  static org.bytedeco.pytorch.Tensor empty(DType dtype, long... shape) {
    try (TensorOptions bare = new TensorOptions();
        ScalarTypeOptional type = new ScalarTypeOptional(scalarType(dtype));
        TensorOptions options = bare.dtype(type)) {
      return torch.empty(shape, options, null);
    }
  }

  /**
   * Drops what an in-place operation returned.
   *
   * <p>The binding returns the very object that was passed in when the engine returned a reference
   * to it; that one must stay open.
   */
  @SuppressWarnings("ReferenceEquality") // the same object is exactly what is asked for
  static void done(org.bytedeco.pytorch.Tensor target, org.bytedeco.pytorch.Tensor returned) {
    if (returned != target) {
      returned.close();
    }
  }

  static FloatPointer floats(org.bytedeco.pytorch.Tensor tensor) {
    return tensor.data_ptr_float().capacity(tensor.numel());
  }

  static DoublePointer doubles(org.bytedeco.pytorch.Tensor tensor) {
    return tensor.data_ptr_double().capacity(tensor.numel());
  }

  static LongPointer longs(org.bytedeco.pytorch.Tensor tensor) {
    return tensor.data_ptr_long().capacity(tensor.numel());
  }

  static IntPointer ints(org.bytedeco.pytorch.Tensor tensor) {
    return tensor.data_ptr_int().capacity(tensor.numel());
  }

  /** The raw bytes of a contiguous tensor, at most 2 GB from {@code offset} on. */
  static BytePointer bytes(org.bytedeco.pytorch.Tensor tensor, long offset, int length) {
    Pointer data = tensor.data_ptr();
    return new BytePointer(data).position(offset).capacity(offset + length);
  }

  /** Calls an operator that has no binding of its own; its only result is owned by the caller. */
  static IValue call(OperatorHandle operator, IValue... arguments) {
    try (IValueVector stack = new IValueVector(arguments)) {
      operator.callBoxed(stack);
      try (IValue top = stack.get(0)) {
        return new IValue(top);
      }
    }
  }

  /** The same where the result is a tensor. */
  static org.bytedeco.pytorch.Tensor callForTensor(OperatorHandle operator, IValue... arguments) {
    try (IValueVector stack = new IValueVector(arguments)) {
      operator.callBoxed(stack);
      try (IValue top = stack.get(0)) {
        // What lies on the stack goes with it: a hold of our own is taken.
        return new org.bytedeco.pytorch.Tensor(top.toTensor());
      }
    }
  }
}
