/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.gguf.GgufBuilder;
import dev.dpo4j.gguf.GgufException;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tokenizer.HfTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class GgufTokenizerTest {
  private static final String TEMPLATE = "{{ messages[0]['content'] }}<end>";

  private final Path folder;
  private final Path path;

  GgufTokenizerTest(@TempDir Path folder) {
    this.folder = folder;
    this.path = folder.resolve("model.GGUF");
  }

  /** Twenty tokens, as many as the tiny model has rows in its embedding. */
  private static GgufBuilder byteLevel() {
    return GgufBuilder.tiny("llama")
        .llamaTensors()
        .put("tokenizer.ggml.model", "gpt2")
        .put("tokenizer.ggml.pre", "smollm")
        .put(
            "tokenizer.ggml.tokens",
            List.of(
                "a", "b", "<end>", "c", "ab", "Ġ", "1", "2", "12", "abc", "Ġa", "Ġab", "<user>",
                "d", "e", "f", "g", "h", "i", "j"))
        .put(
            "tokenizer.ggml.token_type",
            List.of(1, 1, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 4, 1, 1, 1, 1, 1, 1, 1))
        .put("tokenizer.ggml.merges", List.of("a b", "1 2", "ab c", "Ġ a", "Ġ ab"))
        .put("tokenizer.chat_template", TEMPLATE);
  }

  @Test
  void bytePairsSpecialTokensAndTemplateComeFromTheFile() throws IOException {
    Files.write(path, byteLevel().put("tokenizer.ggml.eot_token_id", 12).build());
    try (HfTokenizer tokenizer = HfTokenizer.load(path)) {
      assertThat(tokenizer.encode("abc ab12<end><user>", true)).containsExactly(9, 11, 6, 7, 2, 12);
      assertThat(tokenizer.decode(new int[] {9, 11, 2, 12}, true)).isEqualTo("abc ab<user>");
      assertThat(tokenizer.stopIds()).containsExactly(2, 12);
      assertThat(tokenizer.specialTokens().eos()).contains("<end>");
      assertThat(tokenizer.chatTemplates().sources()).containsValue(TEMPLATE);
    }
  }

  @Test
  void aBosTokenIsAddedWhereTheFileSaysSo() throws IOException {
    Files.write(
        path,
        byteLevel()
            .put("tokenizer.ggml.bos_token_id", 2)
            .put("tokenizer.ggml.add_bos_token", true)
            .build());
    try (HfTokenizer tokenizer = HfTokenizer.load(path)) {
      assertThat(tokenizer.encode("ab", true)).containsExactly(2, 4);
      assertThat(tokenizer.encode("ab", false)).containsExactly(4);
    }
  }

  @Test
  void sentencePiecesMergeInTheOrderOfTheirScores() throws IOException {
    Files.write(
        path,
        GgufBuilder.tiny("llama")
            .put("tokenizer.ggml.model", "llama")
            .put("tokenizer.ggml.bos_token_id", 1)
            .put("tokenizer.ggml.unknown_token_id", 0)
            .put(
                "tokenizer.ggml.tokens",
                List.of("<unk>", "<s>", "</s>", "<0xC3>", "<0xA9>", "▁", "a", "b", "ab", "▁a"))
            .put("tokenizer.ggml.scores", List.of(0f, 0f, 0f, 0f, 0f, -4f, -5f, -6f, -2f, -1f))
            .put("tokenizer.ggml.token_type", List.of(2, 3, 3, 6, 6, 1, 1, 1, 1, 1))
            .build());
    try (HfTokenizer tokenizer = HfTokenizer.load(path)) {
      assertThat(tokenizer.encode("ab ab", true)).containsExactly(1, 9, 7, 9, 7);
      assertThat(tokenizer.encode("bab", true)).containsExactly(1, 5, 7, 8);
      assertThat(tokenizer.encode("é", true)).containsExactly(1, 5, 3, 4);
      assertThat(tokenizer.decode(new int[] {9, 7, 5, 3, 4}, true)).isEqualTo("ab é");
    }
  }

  @Test
  void theSavedFolderIsTheSameModel() throws IOException {
    Files.write(path, byteLevel().build());
    Path saved = Files.createDirectory(folder.resolve("saved"));
    try (LanguageModel model = LanguageModel.load(path)) {
      model.save(saved, DType.FLOAT32);
      try (LanguageModel again = LanguageModel.load(saved)) {
        assertThat(again.config()).isEqualTo(model.config());
        assertThat(again.tokenizer().encode("abc ab12", true))
            .isEqualTo(model.tokenizer().encode("abc ab12", true));
        assertThat(again.tokenizer().stopIds()).isEqualTo(model.tokenizer().stopIds());
        assertThat(again.tokenizer().chatTemplates().sources()).containsValue(TEMPLATE);
        assertThat(again.parameters().values().toFloats())
            .isEqualTo(model.parameters().values().toFloats());
      }
    }
  }

  static Stream<GgufBuilder> faulty() {
    return Stream.of(
        byteLevel().remove("tokenizer.ggml.model"),
        byteLevel().put("tokenizer.ggml.model", "t5"),
        byteLevel().put("tokenizer.ggml.pre", "viking"),
        byteLevel().remove("tokenizer.ggml.tokens"),
        byteLevel().put("tokenizer.ggml.tokens", List.of("a", "a")),
        byteLevel().put("tokenizer.ggml.tokens", List.of(1, 2)),
        byteLevel().remove("tokenizer.ggml.merges"),
        byteLevel().put("tokenizer.ggml.merges", List.of("a z")),
        byteLevel().put("tokenizer.ggml.merges", List.of("ab")),
        byteLevel().put("tokenizer.ggml.model", "llama"),
        byteLevel().put("tokenizer.ggml.model", "llama").put("tokenizer.ggml.scores", "none"));
  }

  @ParameterizedTest
  @MethodSource("faulty")
  void aTokenizerThatIsMissingOrUnknownIsNamed(GgufBuilder file) throws IOException {
    Files.write(path, file.build());
    assertThatThrownBy(() -> HfTokenizer.load(path))
        .isInstanceOf(GgufException.class)
        .hasMessageContaining("tokenizer.ggml.");
  }
}
