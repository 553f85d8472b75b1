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

/** Values of dpo4j-parity's gguf_tables.py, which runs the gguf package. */
final class DequantizerTest {
  private static final JsonNode TABLES = tables();

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "F32")
  void everyBitIsThatOfTheReference(GgufType type) {
    JsonNode table = TABLES.get(type.name());
    byte[] stored = HexFormat.of().parseHex(table.get("stored").stringValue());
    byte[] expected = HexFormat.of().parseHex(table.get("values").stringValue());
    float[] values = new float[stored.length / type.blockBytes() * type.blockSize()];
    Dequantizer.decode(
        type, ByteBuffer.wrap(stored).order(ByteOrder.LITTLE_ENDIAN), values, values.length);
    ByteBuffer bytes = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    assertThat(HexFormat.of().formatHex(bytes.array()))
        .isEqualTo(HexFormat.of().formatHex(expected));
  }

  @Test
  void halvesThatAreNotNumbersStaySo() {
    ByteBuffer half = ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN).putShort(0, (short) -1);
    assertThat(Dequantizer.half(half, 0)).isNaN();
  }

  private static JsonNode tables() {
    try (InputStream in = DequantizerTest.class.getResourceAsStream("/gguf-blocks.json")) {
      return new JsonMapper().readTree(Objects.requireNonNull(in));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
