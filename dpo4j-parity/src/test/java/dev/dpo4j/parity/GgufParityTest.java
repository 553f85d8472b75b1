/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.model.family.GgufModel;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.ModelWeights;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tokenizer.HfTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The real models as GGUF, read by us, against the folders that the shared script makes of the same
 * files with the gguf package. {@code src/test/gguf.sh} fetches them into the folder DPO4J_GGUF or
 * {@code ~/.cache/dpo4j-gguf}.
 */
@Tag("heavy")
final class GgufParityTest {
  private static final int WINDOW = 1 << 23;

  @ParameterizedTest
  @ValueSource(strings = {"smollm2-135m-instruct", "qwen2.5-coder-0.5b-instruct"})
  void configurationAndEveryWeightAreThoseOfTheReference(String name) {
    Path folder = Shared.model(name);
    ModelConfig expected = ModelConfig.read(folder);
    try (GgufModel gguf = GgufModel.open(file(name), DType.BFLOAT16);
        ModelWeights reference = ModelWeights.open(folder, expected)) {
      assertThat(gguf.config()).isEqualTo(expected);
      for (String tensor : reference.tensors().keySet()) {
        long size = reference.info(tensor).byteSize();
        for (long at = 0; at < size; at += WINDOW) {
          int length = (int) Math.min(WINDOW, size - at);
          assertThat(
                  gguf.weights()
                      .bytes(tensor, at, length)
                      .equals(reference.bytes(tensor, at, length)))
              .as("%s at byte %d", tensor, at)
              .isTrue();
        }
      }
    }
  }

  @Test
  void qwensTokenizerGivesTheSameIdsAndTheSameTemplate() throws IOException {
    compareTokenizers("qwen2.5-coder-0.5b-instruct", text -> true);
  }

  /** The folder's tokenizer was converted without the rule that digits stand alone. */
  @Test
  void smollmsTokenizerGivesTheSameIdsForTextsWithoutDigits() throws IOException {
    compareTokenizers("smollm2-135m-instruct", text -> text.chars().noneMatch(Character::isDigit));
  }

  private static void compareTokenizers(String name, Predicate<String> comparable)
      throws IOException {
    int compared = 0;
    try (HfTokenizer expected = HfTokenizer.load(Shared.model(name));
        HfTokenizer found = HfTokenizer.load(file(name))) {
      assertThat(found.chatTemplates().sources()).isEqualTo(expected.chatTemplates().sources());
      assertThat(found.stopIds()).isEqualTo(expected.stopIds());
      assertThat(found.specialTokens().named())
          .containsAllEntriesOf(
              Map.of(
                  "eos_token", expected.specialTokens().named().get("eos_token"),
                  "pad_token", expected.specialTokens().named().get("pad_token")));
      for (String data : List.of("data/dpo-en.jsonl", "data/dpo-zh.jsonl")) {
        for (String line : Files.readAllLines(Shared.path(data)).subList(0, 200)) {
          if (comparable.test(line)) {
            assertThat(found.encode(line, true)).isEqualTo(expected.encode(line, true));
            compared++;
          }
        }
      }
    }
    assertThat(compared).isGreaterThan(20);
  }

  private static Path file(String name) {
    String given = System.getenv("DPO4J_GGUF");
    Path root =
        given != null
            ? Path.of(given)
            : Path.of(System.getProperty("user.home"), ".cache", "dpo4j-gguf");
    Path file = root.resolve(name + ".gguf");
    if (!Files.exists(file)) {
      throw new IllegalStateException(
          "there is no " + file + ": run dpo4j-parity/src/test/gguf.sh " + name);
    }
    return file;
  }
}
