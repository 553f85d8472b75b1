/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda;

import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.cuda.kernel.CudaTensor;
import dev.dpo4j.tensor.cuda.kernel.CudaUnavailableException;
import dev.dpo4j.tensor.cuda.torch.TorchVersion;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Small tensors of known numbers, and a comparison with what they should have become. */
final class CheckedNumbers implements AutoCloseable {
  private final CudaBackend backend;
  private final List<CudaTensor> all = new ArrayList<>();

  CheckedNumbers(CudaBackend backend) {
    this.backend = backend;
  }

  /** Sixteenths between -3 and 3, which every type has; other ones for another seed. */
  static double[] values(int count, int seed) {
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = ((i * 37 + seed * 53) % 97 - 48) / 16.0;
    }
    return values;
  }

  CudaTensor of(DType dtype, double[] values, long... shape) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * dtype.byteSize()).order(ByteOrder.nativeOrder());
    for (double value : values) {
      switch (dtype) {
        case FLOAT64 -> bytes.putDouble(value);
        case FLOAT32 -> bytes.putFloat((float) value);
        case BFLOAT16 -> bytes.putShort((short) (Float.floatToIntBits((float) value) >>> 16));
        case INT64 -> bytes.putLong((long) value);
        case INT32 -> bytes.putInt((int) value);
        case UINT8 -> bytes.put((byte) (int) value);
        default -> throw new IllegalArgumentException("not checked: " + dtype);
      }
    }
    CudaTensor tensor = empty(dtype, shape);
    backend.put(tensor, 0, bytes.flip());
    return tensor;
  }

  CudaTensor zeros(DType dtype, long... shape) {
    return of(dtype, new double[(int) CudaTensor.count(shape)], shape);
  }

  CudaTensor empty(DType dtype, long... shape) {
    CudaTensor tensor = backend.empty(dtype, shape);
    all.add(tensor);
    return tensor;
  }

  private CudaTensor keep(CudaTensor view) {
    all.add(view);
    return view;
  }

  /** The matrix with rows for columns. */
  CudaTensor turned(CudaTensor matrix) {
    return keep(matrix.permute(1, 0));
  }

  CudaTensor narrow(CudaTensor x, int dim, long start, long length) {
    return keep(x.narrow(dim, start, length));
  }

  CudaTensor view(CudaTensor x, long... shape) {
    return keep(x.view(shape));
  }

  double[] read(CudaTensor tensor) {
    int count = (int) tensor.count();
    ByteBuffer bytes =
        ByteBuffer.allocate(count * tensor.dtype().byteSize()).order(ByteOrder.nativeOrder());
    backend.get(tensor, 0, bytes);
    bytes.flip();
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] =
          switch (tensor.dtype()) {
            case FLOAT64 -> bytes.getDouble();
            case FLOAT32 -> bytes.getFloat();
            case BFLOAT16 -> Float.intBitsToFloat(bytes.getShort() << 16);
            case INT64 -> bytes.getLong();
            case INT32 -> bytes.getInt();
            case UINT8 -> Byte.toUnsignedInt(bytes.get());
            default -> throw new IllegalArgumentException("not checked: " + tensor.dtype());
          };
    }
    return values;
  }

  /**
   * Compares a result.
   *
   * @param tolerance relative to the larger of a number and 1
   * @throws CudaUnavailableException naming the operation and the first number that differs
   */
  void expect(String operation, CudaTensor tensor, double[] expected, double tolerance) {
    double[] values = read(tensor);
    for (int i = 0; i < expected.length; i++) {
      double allowed = tolerance * Math.max(1, Math.abs(expected[i]));
      expect(operation + ": number " + i, values[i], expected[i], allowed);
    }
  }

  /**
   * Compares one number.
   *
   * @param what the operation and which of its numbers
   * @param allowed the largest difference
   * @throws CudaUnavailableException naming them
   */
  static void expect(String what, double value, double expected, double allowed) {
    if (!(Math.abs(value - expected) <= allowed)) {
      throw new CudaUnavailableException(
          "the device computes wrongly "
              + what
              + " is "
              + value
              + ", expected "
              + expected
              + ". Install "
              + TorchVersion.KNOWN
              + ", which dpo4j knows, or a newer driver of NVIDIA, or use --device cpu");
    }
  }

  @Override
  public void close() {
    all.forEach(CudaTensor::close);
  }
}
