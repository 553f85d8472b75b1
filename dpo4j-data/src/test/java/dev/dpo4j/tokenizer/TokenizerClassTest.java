/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenizerClassTest {
  private static final String NORMALIZER =
      """
      "normalizer" : {
          "type" : "NFC"
        },""";

  @ParameterizedTest
  @CsvSource({
    "qwen2, TokenizersBackend, true, QWEN2",
    "qwen2, Qwen2Tokenizer, true, QWEN2",
    "qwen2, LlamaTokenizerFast, true, QWEN2",
    "qwen2, , true, QWEN2",
    "qwen3, Qwen2Tokenizer, true, QWEN2",
    "qwen3, TokenizersBackend, true, FILE",
    "qwen3, , true, QWEN2",
    "llama, PreTrainedTokenizerFast, true, FILE",
    "llama, LlamaTokenizer, true, FILE",
    "llama, LlamaTokenizer, false, LLAMA",
    "mistral, LlamaTokenizer, false, FILE",
    "ministral, LlamaTokenizer, false, FILE",
    "phi3, LlamaTokenizer, false, FILE",
    "phi3, LlamaTokenizerFast, false, FILE",
    "ernie4_5, LlamaTokenizer, false, FILE",
    "granite, GPT2Tokenizer, true, FILE",
    "qwen3_moe, , true, QWEN2",
    "qwen3_moe, PreTrainedTokenizerFast, true, FILE",
    "gemma3_text, GemmaTokenizer, false, GEMMA",
    "gemma3, , false, GEMMA",
    "gemma2, GemmaTokenizerFast, false, GEMMA",
    "gemma3_text, PreTrainedTokenizerFast, false, FILE",
    ", Qwen2TokenizerFast, true, QWEN2",
    ", , true, FILE",
  })
  void theClassIsTheOneThatTransformersTakes(
      @Nullable String modelType,
      @Nullable String named,
      boolean byteLevel,
      TokenizerClass expected) {
    assertThat(TokenizerClass.of(modelType, named, byteLevel)).isEqualTo(expected);
  }

  @Test
  void aModelOfTypeQwen2IsNormalisedWhateverItsFilesSay(@TempDir Path folder) throws IOException {
    new BpeTrainer(260, List.of("<|endoftext|>", "<|im_end|>"))
        .train(List.of("a"))
        .save(folder, new ByteLevelBpe.ChatSettings("<|im_end|>", "<|endoftext|>", "x", 64));
    Path file = folder.resolve("tokenizer.json");
    String json = Files.readString(file);
    assertThat(json).contains(NORMALIZER);
    Files.writeString(file, json.replace(NORMALIZER, "\"normalizer\" : null,"));
    String composed = "\u00E9";
    String decomposed = "e\u0301";
    try (HfTokenizer plain = HfTokenizer.load(folder)) {
      assertThat(plain.encode(decomposed, false)).isNotEqualTo(plain.encode(composed, false));
    }
    Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"qwen2\"}");
    try (HfTokenizer qwen = HfTokenizer.load(folder)) {
      assertThat(qwen.encode(decomposed, false)).isEqualTo(qwen.encode(composed, false));
      assertThat(qwen.specialTokens().named()).containsEntry("eos_token", "<|im_end|>");
    }
  }
}
