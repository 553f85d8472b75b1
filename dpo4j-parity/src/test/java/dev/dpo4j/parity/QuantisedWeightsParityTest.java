/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.quant.CodeBook;
import dev.dpo4j.quant.EightBitWeight;
import dev.dpo4j.quant.FourBitWeight;
import dev.dpo4j.quant.PackedWeight;
import dev.dpo4j.safetensors.SafetensorsFile;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Matrices that bitsandbytes rounded to 4 and 8 bits, compared bit for bit. */
class QuantisedWeightsParityTest {
  private static final List<String> MATRICES = List.of("odd", "outlier", "square", "wide", "zeros");

  @TestFactory
  List<DynamicTest> codesScalesAndWidenedWeightsIn4BitsAreThoseOfBitsandbytes() {
    List<DynamicTest> tests = new ArrayList<>();
    for (String matrix : MATRICES) {
      for (CodeBook book : CodeBook.values()) {
        for (boolean nested : new boolean[] {false, true}) {
          String name = matrix + "." + book.configName() + (nested ? ".nested" : "");
          tests.add(
              DynamicTest.dynamicTest(name, () -> compareFourBits(matrix, book, nested, name)));
        }
      }
    }
    return tests;
  }

  private static void compareFourBits(String matrix, CodeBook book, boolean nested, String name) {
    try (SafetensorsFile file =
            SafetensorsFile.open(Shared.path("golden/quantised/weights.safetensors"));
        FourBitWeight weight =
            FourBitWeight.quantize(
                book,
                nested,
                file.info(matrix + ".weight").elementCount(),
                (offset, count) -> floats(file, matrix + ".weight", offset, count))) {
      assertThat(weight.packedBytes()).isEqualTo(bytes(file.bytes(name + ".packed")));
      if (nested) {
        // Nothing else shows the codes of the scales: the checksum covers all that is held.
        assertThat(digest(weight))
            .containsExactly(
                bytes(file.bytes(name + ".packed")),
                bytes(file.bytes(name + ".absmax")),
                bytes(file.bytes(name + ".nested_absmax")),
                bytes(file.bytes(name + ".offset")));
      } else {
        assertThat(digest(weight))
            .containsExactly(
                bytes(file.bytes(name + ".packed")), bytes(file.bytes(name + ".absmax")));
      }
      compareWidened(weight, floats(file, name + ".dequantised"));
    }
  }

  @Test
  void codesAndWidenedWeightsIn8BitsAreThoseOfBitsandbytes() {
    try (SafetensorsFile file =
        SafetensorsFile.open(Shared.path("golden/quantised/weights.safetensors"))) {
      for (String matrix : MATRICES) {
        long[] shape = file.info(matrix + ".weight").shape();
        float[] scales = floats(file, matrix + ".int8.row_absmax");
        byte[] codes = bytes(file.bytes(matrix + ".int8.values"));
        try (EightBitWeight weight =
            EightBitWeight.quantize(
                shape[0],
                shape[1],
                (offset, count) -> floats(file, matrix + ".weight", offset, count))) {
          assertThat(digest(weight).get(0)).as(matrix).isEqualTo(codes);
          float[] expected = new float[codes.length];
          for (int i = 0; i < codes.length; i++) {
            expected[i] = codes[i] * (scales[(int) (i / shape[1])] * (1 / 127f));
          }
          compareWidened(weight, expected);
        }
      }
    }
  }

  @Test
  void theBooksOf4BitsAreThoseOfBitsandbytes() {
    try (SafetensorsFile file =
        SafetensorsFile.open(Shared.path("golden/quantised/weights.safetensors"))) {
      for (CodeBook book : CodeBook.values()) {
        float[] expected = floats(file, book.configName() + ".code");
        assertThat(book.numbers()).usingComparatorWithPrecision(0f).containsExactly(expected);
      }
    }
  }

  private static void compareWidened(PackedWeight weight, float[] expected) {
    try (Scope scope = Scope.open()) {
      Tensor out = Tensor.empty(DType.FLOAT32, weight.count());
      weight.widen(out);
      int[] bits = new int[expected.length];
      float[] widened = out.toFloats();
      Arrays.setAll(bits, i -> Float.floatToRawIntBits(widened[i]));
      int[] wanted = new int[expected.length];
      Arrays.setAll(wanted, i -> Float.floatToRawIntBits(expected[i]));
      assertThat(bits).isEqualTo(wanted);
    }
  }

  private static List<byte[]> digest(PackedWeight weight) {
    List<byte[]> parts = new ArrayList<>();
    weight.digest(part -> parts.add(bytes(part)));
    return parts;
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  private static float[] floats(SafetensorsFile file, String name) {
    return floats(file, name, 0, (int) file.info(name).elementCount());
  }

  private static float[] floats(SafetensorsFile file, String name, long offset, int count) {
    float[] values = new float[count];
    ByteBuffer bytes = file.bytes(name, offset * Float.BYTES, count * Float.BYTES);
    bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return values;
  }
}
