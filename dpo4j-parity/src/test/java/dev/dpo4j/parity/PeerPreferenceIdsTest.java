/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.token.TokenizeOptions;
import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.tokenizer.HfTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Compares the ids of rows in many forms, with several tokenizers, with what TRL makes of them. */
@Tag("heavy")
class PeerPreferenceIdsTest {
  private final JsonMapper mapper = JsonMapper.builder().build();

  @Test
  void theIdsOfAnyRowAreThoseOfTrl(@TempDir Path folder) throws IOException, InterruptedException {
    Peer.run(
        folder,
        "preference_ids.py",
        "",
        List.of(
            folder.toString(),
            Shared.path("golden/models/qwen2-tied").toString(),
            Shared.path("golden/models/qwen3").toString(),
            Shared.path("golden/models/llama3").toString(),
            Shared.path("golden/models/mistral-window").toString(),
            Shared.model("smollm2-135m-instruct").toString(),
            Shared.model("qwen2.5-coder-0.5b-instruct").toString()));
    JsonNode cases = mapper.readTree(folder.resolve("cases.json").toFile());
    assertThat(cases.size()).isGreaterThan(1500);
    Map<String, HfTokenizer> tokenizers = new HashMap<>();
    try {
      Path file = folder.resolve("row.jsonl");
      for (JsonNode one : cases) {
        HfTokenizer tokenizer =
            tokenizers.computeIfAbsent(
                one.path("model").stringValue(), model -> HfTokenizer.load(Path.of(model)));
        Files.writeString(file, mapper.writeValueAsString(one.path("row")));
        TokenizedPair pair =
            PreferenceRows.read(file)
                .tokenize(tokenizer.chat(), TokenizeOptions.ofMaxLength(null))
                .pairs()
                .get(0);
        JsonNode found =
            mapper.valueToTree(
                Map.of(
                    "prompt", pair.promptIds(),
                    "chosen", pair.chosenIds(),
                    "rejected", pair.rejectedIds()));
        assertThat(found)
            .as("%s %s", one.path("model"), one.path("row"))
            .isEqualTo(one.path("want"));
      }
    } finally {
      tokenizers.values().forEach(HfTokenizer::close);
    }
  }
}
