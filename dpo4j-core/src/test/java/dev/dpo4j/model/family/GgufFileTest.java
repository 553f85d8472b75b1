/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.gguf.GgufBuilder;
import dev.dpo4j.gguf.GgufDescription;
import dev.dpo4j.gguf.GgufException;
import dev.dpo4j.gguf.GgufFile;
import dev.dpo4j.gguf.GgufTensor;
import dev.dpo4j.gguf.Quantizer;
import dev.dpo4j.io.Mutations;
import dev.dpo4j.safetensors.TensorInfo;
import dev.dpo4j.tensor.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GgufFileTest {
  private final Path path;

  GgufFileTest(@TempDir Path folder) {
    path = folder.resolve("model.gguf");
  }

  @Test
  void keysAndTensorsAreRead() throws IOException {
    write(GgufBuilder.tiny("llama").put("general.ok", true).llamaTensors().build());
    try (GgufFile file = GgufFile.open(path)) {
      assertThat(file.metadata())
          .containsEntry("general.architecture", "llama")
          .containsEntry("llama.block_count", 1L)
          .containsEntry("general.ok", true)
          .containsEntry("tokenizer.ggml.tokens", List.of("a", "\u4f60", "c"));
      GgufTensor tensor = Objects.requireNonNull(file.tensors().get("blk.0.attn_output.weight"));
      assertThat(tensor.shape()).containsExactly(8, 16);
      float[] row = new float[16];
      file.dequantize(tensor, 2, row);
      assertThat(row[3]).isEqualTo(35f);
      assertThatThrownBy(() -> file.dequantize(tensor, 8, row))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void rowsOfQueriesAndKeysOfLlamaComeAsHalves() throws IOException {
    write(GgufBuilder.tiny("llama").llamaTensors().tensor("blk.0.attn_q.bias", 16).build());
    GgufFile file = GgufFile.open(path);
    try (GgufWeights weights = new GgufWeights(file, GgufDescription.of(file), DType.FLOAT32)) {
      // Heads of four rows: 0, 2 are the first half, 1, 3 the second.
      assertThat(column(weights, "model.layers.0.self_attn.q_proj.weight", 16, 8))
          .containsExactly(0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15);
      assertThat(column(weights, "model.layers.0.self_attn.q_proj.bias", 16, 1))
          .containsExactly(0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15);
      assertThat(column(weights, "model.layers.0.self_attn.k_proj.weight", 8, 8))
          .containsExactly(0, 2, 1, 3, 4, 6, 5, 7);
      assertThat(column(weights, "model.layers.0.self_attn.v_proj.weight", 8, 8))
          .containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
    }
  }

  private static int[] column(GgufWeights weights, String name, int rows, int columns) {
    ByteBuffer bytes = weights.bytes(name);
    int[] result = new int[rows];
    for (int i = 0; i < rows; i++) {
      result[i] = (int) (bytes.getFloat(i * columns * 4) / columns);
    }
    return result;
  }

  @Test
  void everyWindowIsAPartOfTheWhole() throws IOException {
    write(GgufBuilder.tiny("llama").llamaTensors().build());
    GgufFile file = GgufFile.open(path);
    for (DType dtype : List.of(DType.FLOAT32, DType.BFLOAT16)) {
      GgufWeights weights = new GgufWeights(file, GgufDescription.of(file), dtype);
      for (TensorInfo info : weights.tensors().values()) {
        ByteBuffer whole = weights.bytes(info.name());
        int elements = (int) info.elementCount();
        int width = dtype.byteSize();
        for (int from = 0; from < elements; from += 13) {
          for (int to = from; to <= elements; to += 19) {
            ByteBuffer part = weights.bytes(info.name(), (long) from * width, (to - from) * width);
            assertThat(part).isEqualTo(whole.slice(from * width, (to - from) * width));
          }
        }
      }
    }
    file.close();
  }

  @Test
  void aTiedMatrixThatStandsTwiceIsReadOnce() throws IOException {
    write(GgufBuilder.tiny("qwen2").llamaTensors().tensor("output.weight", 20, 8).build());
    try (GgufFile file = GgufFile.open(path)) {
      GgufDescription description = GgufDescription.of(file);
      assertThat(description.tieWordEmbeddings()).isTrue();
      assertThat(new GgufWeights(file, description, DType.FLOAT32).tensors())
          .containsKey("model.embed_tokens.weight")
          .doesNotContainKey("lm_head.weight");
    }
    float[] other = new float[160];
    for (int i = 0; i < other.length; i++) {
      other[i] = i % 3 - 1;
    }
    write(GgufBuilder.tiny("qwen2").llamaTensors().tensor("output.weight", other, 20, 8).build());
    try (GgufFile file = GgufFile.open(path)) {
      GgufDescription description = GgufDescription.of(file);
      assertThat(description.tieWordEmbeddings()).isFalse();
      assertThat(new GgufWeights(file, description, DType.FLOAT32).tensors())
          .containsKeys("model.embed_tokens.weight", "lm_head.weight");
    }
  }

  @Test
  void llama31FactorsAreRecognised() throws IOException {
    // Of converters: factor 8 over a length of 8192, theta 500000, two pairs of dimensions.
    write(
        GgufBuilder.tiny("llama")
            .llamaTensors()
            .tensor("rope_freqs.weight", new float[] {1, 1.8396416f}, 2)
            .build());
    assertThatThrownBy(this::describe)
        .isInstanceOf(GgufException.class)
        .hasMessageContaining("not those of Llama 3.1");
    write(
        GgufBuilder.tiny("llama")
            .put("llama.attention.key_length", 6)
            .put("llama.attention.value_length", 6)
            .llamaTensors()
            .tensor("rope_freqs.weight", factors(500_000, 3), 3)
            .build());
    assertThat(describe().fields().get("rope_parameters"))
        .asString()
        .contains("rope_type=llama3", "factor=8.0", "original_max_position_embeddings=8192");
  }

  private static float[] factors(double theta, int count) {
    float[] result = new float[count];
    for (int i = 0; i < count; i++) {
      double wave = 2 * Math.PI * Math.pow(theta, (double) i / count);
      double smooth = Math.min(Math.max((8192 / wave - 1) / 3, 0), 1);
      result[i] = (float) (1 / ((1 - smooth) / 8 + smooth));
    }
    return result;
  }

  private GgufDescription describe() {
    try (GgufFile file = GgufFile.open(path)) {
      return GgufDescription.of(file);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "general.architecture | gpt2 | expected one of [llama, qwen2, qwen3, qwen3moe, smollm3",
        "llama.rope.scaling.type | longrope | expected none, linear or yarn",
        "llama.attention.value_length | 8 | differs from key_length, 4",
        "llama.rope.dimension_count | 2 | expected 4",
        "llama.expert_count | 8 | mixture of experts",
        "split.count | 2 | a part of a split model",
        "llama.block_count | many | expected one whole number",
        "llama.attention.layer_norm_rms_epsilon | x | expected a number",
      })
  void whatIsNotSupportedIsNamed(String key, String value, String message) throws IOException {
    Object typed = value.matches("\\d+") ? (Object) Integer.valueOf(value) : value;
    write(GgufBuilder.tiny("llama").put(key, typed).llamaTensors().build());
    assertThatThrownBy(this::describe)
        .isInstanceOf(GgufException.class)
        .hasMessageStartingWith(path.toString())
        .hasMessageContaining(key)
        .hasMessageContaining(message);
  }

  @Test
  void aBadFileIsAnErrorThatSaysWhere() throws IOException {
    byte[] good = GgufBuilder.tiny("llama").llamaTensors().build();
    assertThatThrownBy(() -> GgufFile.open(path))
        .isInstanceOf(GgufException.class)
        .hasMessageContaining("no such file");
    refused("NOPE".getBytes(StandardCharsets.US_ASCII), "it begins with 4e4f5045");
    refused(patched(good, 4, new byte[] {1, 0, 0, 0}), "GGUF version 1, expected 2 or 3");
    refused(patched(good, 4, new byte[] {0, 0, 0, 3}), "GGUF version 50331648");
    refused(patched(good, 15, new byte[] {127}), "the number of tensors is 91");
    refused(patched(good, 23, new byte[] {-1}), "the number of key-value pairs is 18");
    refused(patched(good, 31, new byte[] {-1}), "the length of key 0");
    refused(Arrays.copyOf(good, good.length - 40), "expected to begin at");
    refused(
        GgufBuilder.tiny("llama").put("general.alignment", 24).build(), "expected a power of two");
    refused(GgufBuilder.tiny("llama").tensor("a", 2).tensor("a", 2).build(), "\"a\" stands twice");
  }

  @Test
  void aTensorOfAnUnknownTypeIsNamedWithTheTypesThatAreRead() throws IOException {
    byte[] file = GgufBuilder.tiny("llama").tensor("strange", 32).build();
    String text = new String(file, StandardCharsets.ISO_8859_1);
    int type = text.indexOf("strange") + 7 + 4 + 8;
    refused(patched(file, type, new byte[] {10}), "tensor \"strange\" has the type 10");
    refused(patched(file, type + 4, new byte[] {32}), "at 32, expected to begin at 0");
    byte[] odd = patched(file, type - 8, new byte[] {31});
    refused(patched(odd, type, new byte[] {2}), "31 values, expected a multiple of 32 for Q4_0");
    refused(patched(file, type - 12, new byte[] {9}), "has 9 dimensions");
    refused(patched(file, type - 1, new byte[] {-1}), "has the dimension");
    refused(patched(file, type - 1, new byte[] {127}), "more bytes than 64 bits can count");
  }

  private void refused(byte[] file, String message) throws IOException {
    write(file);
    assertThatThrownBy(() -> GgufFile.open(path))
        .isInstanceOf(GgufException.class)
        .hasMessageStartingWith(path.toString())
        .hasMessageContaining(message);
  }

  private static byte[] patched(byte[] file, int at, byte[] bytes) {
    byte[] copy = file.clone();
    System.arraycopy(bytes, 0, copy, at, bytes.length);
    return copy;
  }

  @Test
  @Timeout(120)
  void noMutationGivesAnythingButTheDocumentedException() throws IOException {
    byte[] good =
        GgufBuilder.tiny("llama")
            .tensor("token_embd.weight", 4, 8)
            .tensor("blk.0.attn_q.weight", 16, 8)
            .build();
    SplittableRandom random = new SplittableRandom(5);
    int opened = 0;
    for (int round = 0; round < 600; round++) {
      write(Mutations.of(good, random));
      try (GgufFile file = GgufFile.open(path);
          GgufWeights weights = new GgufWeights(file, GgufDescription.of(file), DType.BFLOAT16)) {
        for (TensorInfo info : weights.tensors().values()) {
          weights.bytes(info.name());
        }
        opened++;
      } catch (GgufException e) {
        assertThat(e).as("round %d", round).hasMessageStartingWith(path.toString());
      }
    }
    assertThat(opened).isPositive();
  }

  private void write(byte[] bytes) throws IOException {
    Files.write(path, bytes);
  }

  @Test
  void bfloat16RoundsToTheNearestAndTiesToEven() {
    assertThat(bfloat16(1f)).isEqualTo(0x3f80);
    assertThat(bfloat16(Float.intBitsToFloat(0x3f808000))).isEqualTo(0x3f80);
    assertThat(bfloat16(Float.intBitsToFloat(0x3f818000))).isEqualTo(0x3f82);
    assertThat(bfloat16(Float.intBitsToFloat(0x3f808001))).isEqualTo(0x3f81);
    assertThat(bfloat16(Float.intBitsToFloat(0xbf818000))).isEqualTo(0xbf82);
    assertThat(bfloat16(Float.MAX_VALUE)).isEqualTo(0x7f80);
    assertThat(bfloat16(Float.NaN) & 0x7fff).isGreaterThan(0x7f80);
  }

  private static int bfloat16(float value) {
    return Quantizer.toBfloat16(value) & 0xffff;
  }
}
