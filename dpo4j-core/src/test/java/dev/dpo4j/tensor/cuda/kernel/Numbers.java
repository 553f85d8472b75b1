/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.kernel;

import dev.dpo4j.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Numbers of one type in a device's memory. */
public record Numbers(Driver device, long address, DType dtype, int count) {

  /** Writes numbers, rounded to the type. */
  public static Numbers of(Driver device, DType dtype, double... values) {
    Numbers numbers = empty(device, dtype, values.length);
    ByteBuffer bytes = numbers.buffer();
    for (double value : values) {
      put(bytes, dtype, value);
    }
    device.toDevice(numbers.address, bytes.flip());
    return numbers;
  }

  /** Numbers that were not written yet. */
  public static Numbers empty(Driver device, DType dtype, int count) {
    long address = device.allocate((long) count * dtype.byteSize());
    return new Numbers(device, address, dtype, count);
  }

  /** The type's number, as kernels know it. */
  public long type() {
    return dtype.ordinal();
  }

  /** The address of a number. */
  long at(int index) {
    return address + (long) index * dtype.byteSize();
  }

  byte[] bytes() {
    ByteBuffer bytes = buffer();
    device.fromDevice(bytes, address);
    return bytes.array();
  }

  void restore(byte[] bytes) {
    device.toDevice(address, ByteBuffer.wrap(bytes));
  }

  public double[] values() {
    ByteBuffer bytes = ByteBuffer.wrap(bytes()).order(ByteOrder.nativeOrder());
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = get(bytes, dtype);
    }
    return values;
  }

  private ByteBuffer buffer() {
    return ByteBuffer.allocate(count * dtype.byteSize()).order(ByteOrder.nativeOrder());
  }

  private static void put(ByteBuffer bytes, DType dtype, double value) {
    switch (dtype) {
      case FLOAT64 -> bytes.putDouble(value);
      case FLOAT32 -> bytes.putFloat((float) value);
      case BFLOAT16 ->
          bytes.putShort((short) (Float.floatToIntBits((float) round(value, dtype)) >>> 16));
      case FLOAT16 -> bytes.putShort(float16Bits(value));
      case INT64 -> bytes.putLong((long) value);
      case INT32 -> bytes.putInt((int) value);
      case INT16 -> bytes.putShort((short) value);
      case INT8, UINT8 -> bytes.put((byte) (int) value);
      case BOOL -> bytes.put((byte) (value != 0 ? 1 : 0));
    }
  }

  private static double get(ByteBuffer bytes, DType dtype) {
    return switch (dtype) {
      case FLOAT64 -> bytes.getDouble();
      case FLOAT32 -> bytes.getFloat();
      case BFLOAT16 -> Float.intBitsToFloat(bytes.getShort() << 16);
      case FLOAT16 -> fromFloat16(bytes.getShort());
      case INT64 -> bytes.getLong();
      case INT32 -> bytes.getInt();
      case INT16 -> bytes.getShort();
      case INT8 -> bytes.get();
      case UINT8, BOOL -> Byte.toUnsignedInt(bytes.get());
    };
  }

  /** The nearest number of the type, of two equally near ones the even; float32 is rounded once. */
  static double round(double value, DType dtype) {
    return switch (dtype) {
      case FLOAT32 -> (float) value;
      case BFLOAT16 -> round(value, 8, -126, Float.MAX_VALUE);
      case FLOAT16 -> round(value, 11, -14, 65504);
      default -> value;
    };
  }

  /**
   * Rounds to a format.
   *
   * @param digits binary digits of a number, the first included
   * @param smallest exponent of the smallest number with all digits
   */
  static double round(double value, int digits, int smallest, double largest) {
    if (Double.isNaN(value) || Double.isInfinite(value) || value == 0) {
      return value;
    }
    int exponent = Math.max(Math.getExponent(value), smallest);
    double unit = Math.scalb(1.0, exponent - digits + 1);
    double rounded = Math.rint(value / unit) * unit;
    return Math.abs(rounded) > largest ? Math.copySign(Double.POSITIVE_INFINITY, value) : rounded;
  }

  private static short float16Bits(double value) {
    double rounded = round(value, DType.FLOAT16);
    int sign = Double.doubleToRawLongBits(rounded) < 0 ? 0x8000 : 0;
    double size = Math.abs(rounded);
    if (Double.isNaN(size)) {
      return 0x7e00;
    }
    if (Double.isInfinite(size)) {
      return (short) (sign | 0x7c00);
    }
    int exponent = Math.getExponent(size);
    if (exponent < -14) {
      return (short) (sign | (int) Math.scalb(size, 24));
    }
    return (short)
        (sign | (((exponent + 15) << 10) + (int) (Math.scalb(size, 10 - exponent)) - 1024));
  }

  private static double fromFloat16(short bits) {
    int exponent = (bits >> 10) & 31;
    int fraction = bits & 1023;
    double size =
        exponent == 31
            ? (fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN)
            : exponent == 0
                ? Math.scalb((double) fraction, -24)
                : Math.scalb(1024.0 + fraction, exponent - 25);
    return bits < 0 ? -size : size;
  }
}
