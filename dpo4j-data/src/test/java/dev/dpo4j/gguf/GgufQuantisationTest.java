/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.gguf.GgufQuantisation.Shape;
import org.junit.jupiter.api.Test;

/** The mixes as llama.cpp's own files have them. */
final class GgufQuantisationTest {
  private static final long[] MATRIX = {2048, 1024};
  private static final Shape SHAPE = new Shape(GgufArchitecture.LLAMA, 16, 0, true, false);

  private static GgufType type(GgufQuantisation mix, String name) {
    return mix.type(name, MATRIX, SHAPE);
  }

  @Test
  void normsAndRoutersStayInSinglePrecision() {
    assertThat(GgufQuantisation.Q4_0.type("blk.0.attn_norm.weight", new long[] {1024}, SHAPE))
        .isEqualTo(GgufType.F32);
    assertThat(type(GgufQuantisation.Q4_K_M, "blk.0.ffn_gate_inp.weight")).isEqualTo(GgufType.F32);
  }

  @Test
  void valuesAndWaysDownOfSomeLayersGetMoreBits() {
    for (String part : new String[] {"attn_v", "ffn_down", "attn_qkv"}) {
      for (int layer : new int[] {0, 1, 4, 7, 10, 13, 14, 15}) {
        assertThat(type(GgufQuantisation.Q4_K_M, "blk." + layer + "." + part + ".weight"))
            .as("%s of layer %d", part, layer)
            .isEqualTo(GgufType.Q6_K);
      }
      for (int layer : new int[] {2, 3, 5, 6, 8, 9, 11, 12}) {
        assertThat(type(GgufQuantisation.Q5_K_M, "blk." + layer + "." + part + ".weight"))
            .as("%s of layer %d", part, layer)
            .isEqualTo(GgufType.Q5_K);
      }
    }
    assertThat(type(GgufQuantisation.Q4_0, "blk.0.ffn_down.weight")).isEqualTo(GgufType.Q4_0);
    assertThat(type(GgufQuantisation.Q4_K_M, "blk.0.attn_q.weight")).isEqualTo(GgufType.Q4_K);
  }

  @Test
  void theHeadGetsSixBits() {
    assertThat(type(GgufQuantisation.Q4_K_M, "output.weight")).isEqualTo(GgufType.Q6_K);
    assertThat(type(GgufQuantisation.Q4_0, "output.weight")).isEqualTo(GgufType.Q6_K);
    assertThat(type(GgufQuantisation.Q8_0, "output.weight")).isEqualTo(GgufType.Q8_0);
    assertThat(type(GgufQuantisation.Q4_K_M, "token_embd.weight")).isEqualTo(GgufType.Q4_K);
    Shape tied = new Shape(GgufArchitecture.LLAMA, 16, 0, true, true);
    assertThat(GgufQuantisation.Q4_K_M.type("token_embd.weight", MATRIX, tied))
        .isEqualTo(GgufType.Q6_K);
  }

  @Test
  void rowsThatAreNoWholeBlocksTakeSmallerOnes() {
    long[] narrow = {1024, 576};
    assertThat(GgufQuantisation.Q4_K_M.type("blk.2.attn_q.weight", narrow, SHAPE))
        .isEqualTo(GgufType.Q5_0);
    assertThat(GgufQuantisation.Q5_K_M.type("blk.2.attn_q.weight", narrow, SHAPE))
        .isEqualTo(GgufType.Q5_1);
    assertThat(GgufQuantisation.Q6_K.type("blk.2.attn_q.weight", narrow, SHAPE))
        .isEqualTo(GgufType.Q8_0);
    assertThat(GgufQuantisation.Q8_0.type("blk.2.attn_q.weight", new long[] {8, 48}, SHAPE))
        .isEqualTo(GgufType.F16);
  }

  @Test
  void eightExpertsKeepTheirAttentionInMoreBits() {
    Shape experts = new Shape(GgufArchitecture.QWEN3_MOE, 16, 8, true, false);
    assertThat(GgufQuantisation.Q4_K_M.type("blk.2.attn_k.weight", MATRIX, experts))
        .isEqualTo(GgufType.Q8_0);
    assertThat(GgufQuantisation.Q4_K_M.type("blk.2.attn_output.weight", MATRIX, experts))
        .isEqualTo(GgufType.Q5_K);
  }
}
