/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.row.RowEvent;
import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.data.token.TokenizeOptions;
import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.tokenizer.HfTokenizer;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Compares token ids and kept rows with those that TRL made of the same data. */
class PreferenceIdsTest {
  private static JsonNode json(String relative) {
    return JsonMapper.builder().build().readTree(Shared.path(relative).toFile());
  }

  private static int[] ints(JsonNode array) {
    return array.valueStream().mapToInt(JsonNode::intValue).toArray();
  }

  @ParameterizedTest
  @Tag("heavy")
  @CsvSource({"smollm2-en", "qwen-zh"})
  void idsOfRealRowsAreThoseOfTheGoldenFile(String name) {
    JsonNode golden = json("golden/real/" + name + ".json");
    int maxLength = golden.path("max_length").intValue();
    Path data = Shared.path(golden.path("data").stringValue());
    int first = golden.path("first_row").intValue();
    String split = "train[%d:%d]".formatted(first, first + golden.path("rows").intValue());
    PreferenceRows rows = PreferenceRows.read(data, split);
    try (HfTokenizer tokenizer =
        HfTokenizer.load(Shared.model(golden.path("model").stringValue()))) {
      PreferenceDataset dataset =
          rows.tokenize(tokenizer.chat(), TokenizeOptions.ofMaxLength(maxLength));
      PreferenceDataset whole = rows.tokenize(tokenizer.chat(), TokenizeOptions.ofMaxLength(null));
      JsonNode pairs = golden.path("pairs");
      // The file holds the first pairs that are kept, not always all of them.
      assertThat(dataset.size()).isGreaterThanOrEqualTo(pairs.size());
      for (int i = 0; i < pairs.size(); i++) {
        TokenizedPair pair = dataset.pairs().get(i);
        int[] prompt = ints(pairs.get(i).path("prompt"));
        int[] chosen = ints(pairs.get(i).path("chosen"));
        int[] rejected = ints(pairs.get(i).path("rejected"));
        assertThat(pair.promptIds()).isEqualTo(prompt);
        assertThat(pair.chosenIds()).isEqualTo(start(chosen, maxLength - prompt.length));
        assertThat(pair.rejectedIds()).isEqualTo(start(rejected, maxLength - prompt.length));
        TokenizedPair uncut =
            whole.pairs().stream().filter(p -> p.row() == pair.row()).findFirst().orElseThrow();
        assertThat(uncut.chosenIds()).isEqualTo(chosen);
        assertThat(uncut.rejectedIds()).isEqualTo(rejected);
      }
    }
  }

  private static int[] start(int[] ids, int length) {
    return Arrays.copyOf(ids, Math.min(ids.length, length));
  }

  @Test
  void theSameRowsAreKeptAndTheSameTokensCountedAsInEveryRunOfTrl() {
    Path data = Shared.path("data/dpo-en.jsonl");
    for (JsonNode run : json("golden/trl/dpo.json")) {
      int first = run.path("first_row").intValue();
      int last = first + run.path("rows").intValue();
      int maxLength = run.path("config").path("max_length").intValue();
      Path model = Shared.path("golden/models/" + run.path("model").stringValue());
      try (HfTokenizer tokenizer = HfTokenizer.load(model)) {
        PreferenceDataset dataset =
            PreferenceRows.read(data, "train[%d:%d]".formatted(first, last))
                .tokenize(tokenizer.chat(), TokenizeOptions.ofMaxLength(maxLength));
        String name = run.path("name").stringValue();
        assertThat(dataset.size()).as(name).isEqualTo(run.path("rows_kept").intValue());
        assertThat(dataset.report().count(RowEvent.PROMPT_TOO_LONG))
            .as(name)
            .isEqualTo(last - first - dataset.size());
        // The first step has seen the first batch: its tokens are TRL's num_tokens.
        JsonNode config = run.path("config");
        int batch =
            config.path("per_device_train_batch_size").intValue()
                * config.path("gradient_accumulation_steps").asInt(1);
        int tokens =
            dataset.pairs().subList(0, batch).stream().mapToInt(TokenizedPair::tokens).sum();
        assertThat(tokens)
            .as(name)
            .isEqualTo((int) run.path("steps").get(0).path("num_tokens").doubleValue());
      }
    }
  }
}
