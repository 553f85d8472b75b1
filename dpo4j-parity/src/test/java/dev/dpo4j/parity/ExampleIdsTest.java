/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.data.TrainingRows;
import dev.dpo4j.data.token.ExampleDataset;
import dev.dpo4j.data.token.LengthLimits;
import dev.dpo4j.data.token.SupervisedOptions;
import dev.dpo4j.data.token.TokenizedExample;
import dev.dpo4j.tokenizer.HfTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Compares examples for SFT and KTO with those of TRL's runs and with the peer itself. */
class ExampleIdsTest {
  private final JsonMapper mapper = JsonMapper.builder().build();

  @Test
  void rowsAndTokensAreThoseOfTrlsRunsOfSftAndKto() throws IOException {
    JsonNode runs = mapper.readTree(Shared.path("golden/trl/other.json").toFile());
    for (JsonNode run : runs) {
      JsonNode config = run.path("config");
      int maxLength = config.path("max_length").intValue();
      String name = run.path("name").stringValue();
      TrainingRows data = TrainingRows.ofRows(TrlRows.of(run));
      Path model = Shared.path("golden/models/" + run.path("model").stringValue());
      try (HfTokenizer tokenizer = HfTokenizer.load(model)) {
        ExampleDataset dataset =
            name.startsWith("sft")
                ? data.tokenizeSupervised(
                    tokenizer.chat(),
                    new SupervisedOptions(
                        LengthLimits.ofMaxLength(maxLength),
                        config.path("completion_only_loss").asBoolean(true),
                        false))
                : data.tokenizeLabelled(tokenizer.chat(), LengthLimits.ofMaxLength(maxLength));
        assertThat(dataset.size()).as(name).isEqualTo(run.path("rows_kept").intValue());
        assertThat(tokensAfterEachBatch(dataset, 4))
            .as(name)
            .isEqualTo(
                run.path("steps")
                    .valueStream()
                    .map(step -> (int) step.path("num_tokens").doubleValue())
                    .toList());
      }
    }
  }

  private static List<Integer> tokensAfterEachBatch(ExampleDataset dataset, int batch) {
    List<Integer> sums = new ArrayList<>();
    int sum = 0;
    for (int i = 0; i < dataset.size(); i++) {
      sum += dataset.examples().get(i).scored().length;
      if ((i + 1) % batch == 0 || i + 1 == dataset.size()) {
        sums.add(sum);
      }
    }
    return sums;
  }

  @Test
  @Tag("heavy")
  void whatTheAssistantSaysIsMarkedAsTransformersMarksIt(@TempDir Path folder)
      throws IOException, InterruptedException {
    Peer.run(
        folder,
        "assistant_masks.py",
        "",
        List.of(
            folder.toString(),
            Shared.path("golden/chat-templates").toString(),
            Shared.path("golden/models/qwen3").toString(),
            Shared.model("smollm2-135m-instruct").toString(),
            Shared.model("qwen2.5-coder-0.5b-instruct").toString()));
    JsonNode cases = mapper.readTree(folder.resolve("cases.json").toFile());
    assertThat(cases.size()).isEqualTo(9);
    for (JsonNode model : cases) {
      try (HfTokenizer tokenizer = HfTokenizer.load(Path.of(model.path("model").stringValue()))) {
        for (JsonNode one : model.path("cases")) {
          Path file =
              Files.writeString(
                  folder.resolve("row.jsonl"), mapper.writeValueAsString(one.path("row")));
          TokenizedExample example =
              TrainingRows.read(file, "train")
                  .tokenizeSupervised(
                      tokenizer.chat(),
                      new SupervisedOptions(LengthLimits.ofMaxLength(null), null, true))
                  .examples()
                  .get(0);
          List<Integer> mask = new ArrayList<>();
          for (boolean scored : example.scored()) {
            mask.add(scored ? 1 : 0);
          }
          JsonNode found = mapper.valueToTree(Map.of("ids", example.sequence(), "mask", mask));
          assertThat(found).as("%s", one.path("row")).isEqualTo(one.path("want"));
        }
      }
    }
  }
}
