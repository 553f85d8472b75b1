/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.data.token.TokenizeOptions;
import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.nn.LogProbHead;
import dev.dpo4j.nn.TokenStats;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Log-probabilities of transformers, of real models on real rows. */
@Tag("heavy")
class RealModelParityTest {
  /** Sums over hundreds of tokens, each rounded to float32 in another order. */
  private static final double LOGP = 1e-4;

  @ParameterizedTest
  @ValueSource(strings = {"smollm2-en.json", "qwen-zh.json"})
  void logProbabilitiesEqualThoseOfTransformers(String file) throws IOException {
    JsonNode golden = Shared.json("golden/real/" + file);
    int first = golden.get("first_row").asInt();
    String rows = "train[%d:%d]".formatted(first, first + golden.get("rows").asInt());
    JsonNode pairs = golden.get("pairs");
    try (LanguageModel model = LanguageModel.load(Shared.model(golden.get("model").asString()));
        CausalLm lm = model.compute(ComputeOptions.float32())) {
      PreferenceDataset data =
          PreferenceRows.read(Shared.path(golden.get("data").asString()), rows)
              .tokenize(
                  model.chat(), TokenizeOptions.ofMaxLength(golden.get("max_length").asInt()));
      // The record may stop before the last row.
      assertThat(data.size()).isGreaterThanOrEqualTo(pairs.size());
      for (int i = 0; i < pairs.size(); i++) {
        TokenizedPair pair = data.pairs().get(i);
        assertThat(pair.promptIds()).hasSize(pairs.get(i).get("prompt").size());
        FlatBatch batch =
            FlatBatch.of(
                List.of(
                    FlatBatch.Tree.pair(pair.promptIds(), pair.chosenIds(), pair.rejectedIds())));
        TokenStats stats = lm.score(batch, LogProbHead.Want.LOGPS);
        check(stats, batch, 0, pairs.get(i).get("chosen_logp").asDouble());
        check(stats, batch, 1, pairs.get(i).get("rejected_logp").asDouble());
      }
    }
  }

  private static void check(TokenStats stats, FlatBatch batch, int sequence, double expected) {
    double sum = stats.sumLogps(batch.entryStart(sequence), batch.entryEnd(sequence));
    assertThat(sum / expected).isEqualTo(1, within(LOGP));
  }
}
