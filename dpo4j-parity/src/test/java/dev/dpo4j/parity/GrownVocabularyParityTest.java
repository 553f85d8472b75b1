/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.weights.BaseForm;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tokenizer.NewToken;
import dev.dpo4j.tokenizer.TextChanges;
import dev.dpo4j.tokenizer.TextChanges.Growth;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A model whose vocabulary has grown, loaded by transformers. */
class GrownVocabularyParityTest {
  /** Of the largest logit: float32 sums in another order. */
  private static final double TOLERANCE = 1e-4;

  private static final List<NewToken> TOKENS =
      List.of(NewToken.special("<|turn|>"), NewToken.special("<|over|>"));

  @ParameterizedTest
  @CsvSource({"qwen2-tied, FILLED", "qwen2-tied, ROWS", "llama3, FILLED", "llama3, ROWS"})
  void transformersGivesTheSameIdsAndLogits(String name, Growth growth, @TempDir Path scratch)
      throws IOException, InterruptedException {
    Path output = Files.createDirectories(scratch.resolve("out"));
    TextChanges changes = new TextChanges(null, "<|over|>", null, TOKENS, growth);
    String text = "a <|turn|>user says<|over|>";
    int[] ids;
    float[] ours;
    try (LanguageModel model =
        LanguageModel.load(Shared.path("golden/models/" + name), BaseForm.FLOAT32, changes)) {
      ids = model.tokenizer().encode(text, false);
      assertThat(ids).contains(model.tokenizer().tokenToId("<|turn|>").orElseThrow());
      assertThat(model.config().vocabSize() % 64).isZero();
      ours = logits(model, ids);
      model.save(output, DType.FLOAT32);
    }
    String theirIds =
        Peer.run(
            scratch,
            "tokenizer_ids.py",
            JsonMapper.shared().writeValueAsString(List.of(text)),
            List.of(output.toString()));
    assertThat(theirIds.replaceAll("\\s", "")).contains(Arrays.toString(ids).replaceAll("\\s", ""));
    JsonNode rows =
        JsonMapper.shared()
            .readTree(
                Peer.run(scratch, "logits.py", Arrays.toString(ids), List.of(output.toString())));
    assertClose(ours, rows);
  }

  private static void assertClose(float[] ours, JsonNode rows) {
    int at = 0;
    double largest = 0;
    double difference = 0;
    for (JsonNode row : rows) {
      for (JsonNode value : row) {
        largest = Math.max(largest, Math.abs(value.asDouble()));
        difference = Math.max(difference, Math.abs(ours[at++] - value.asDouble()));
      }
    }
    assertThat(at).isEqualTo(ours.length);
    assertThat(difference).isLessThanOrEqualTo(TOLERANCE * largest);
  }

  private static float[] logits(LanguageModel model, int[] ids) {
    try (Scope scope = Scope.open();
        CausalLm lm = model.compute(ComputeOptions.float32())) {
      return lm.logits(ids).toFloats();
    }
  }
}
