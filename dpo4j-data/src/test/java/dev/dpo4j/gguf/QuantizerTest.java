/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Values of dpo4j-parity's gguf_encoded.py, which runs the gguf package and llama.cpp's library.
 */
final class QuantizerTest {
  private static final int ROW = 256;

  /** What the errors of llama.cpp's own blocks may be exceeded by. */
  private static final double MORE_ERROR = 1.05;

  /** Errors near zero are those of the scales, which are halves: a share of the largest value. */
  private static final double HALF_ROUNDING = 1e-7;

  private static final JsonNode TABLES = tables();
  private static final float[] VALUES = values();

  private static byte[] encode(GgufType type) {
    ByteBuffer out =
        ByteBuffer.allocate(VALUES.length / type.blockSize() * type.blockBytes())
            .order(ByteOrder.LITTLE_ENDIAN);
    Quantizer.encode(type, VALUES, 0, VALUES.length, out);
    assertThat(out.hasRemaining()).isFalse();
    return out.array();
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1"})
  void everyByteIsThatOfTheReference(GgufType type) {
    assertThat(HexFormat.of().formatHex(encode(type)))
        .isEqualTo(TABLES.get("stored").get(type.name()).stringValue());
  }

  @ParameterizedTest
  @EnumSource(names = {"Q4_K", "Q5_K", "Q6_K"})
  void largeBlocksAreHardlyWorseThanThoseOfLlamaCpp(GgufType type) {
    float[] decoded = new float[VALUES.length];
    ByteBuffer stored = ByteBuffer.wrap(encode(type)).order(ByteOrder.LITTLE_ENDIAN);
    Dequantizer.decode(type, stored, decoded, decoded.length);
    JsonNode errors = TABLES.get("error").get(type.name());
    for (int row = 0; row < VALUES.length / ROW; row++) {
      double squares = 0;
      for (int i = row * ROW; i < (row + 1) * ROW; i++) {
        double off = (double) decoded[i] - VALUES[i];
        squares += off * off;
      }
      assertThat(Math.sqrt(squares / ROW))
          .as("row %d", row)
          .isLessThanOrEqualTo(MORE_ERROR * errors.get(row).asDouble() + HALF_ROUNDING);
    }
  }

  @Test
  void halvesRoundToTheNearestAndTiesToEven() {
    assertThat(Quantizer.toHalf(1f)).isEqualTo((short) 0x3c00);
    assertThat(Quantizer.toHalf(1f + 0x1p-11f)).isEqualTo((short) 0x3c00);
    assertThat(Quantizer.toHalf(1f + 3 * 0x1p-11f)).isEqualTo((short) 0x3c02);
    assertThat(Quantizer.toHalf(-65519f)).isEqualTo((short) 0xfbff);
    assertThat(Quantizer.toHalf(65520f)).isEqualTo((short) 0x7c00);
    assertThat(Quantizer.toHalf(0x1p-24f)).isEqualTo((short) 1);
    assertThat(Quantizer.toHalf(0x1p-25f)).isEqualTo((short) 0);
    assertThat(Quantizer.fromHalf(Quantizer.toHalf(Float.NaN))).isNaN();
  }

  private static float[] values() {
    byte[] bytes = HexFormat.of().parseHex(TABLES.get("values").stringValue());
    float[] values = new float[bytes.length / Float.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return values;
  }

  private static JsonNode tables() {
    try (InputStream in = QuantizerTest.class.getResourceAsStream("/gguf-encoded.json")) {
      return new JsonMapper().readTree(Objects.requireNonNull(in));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
