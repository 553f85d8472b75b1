/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoDataTest {
  private static final DemoData DATA = DemoData.create(1);

  @Test
  void theSameSeedGivesTheSameData() {
    assertThat(DemoData.create(1)).isEqualTo(DATA);
    assertThat(DemoData.create(2)).isNotEqualTo(DATA);
  }

  @Test
  void noHeldOutPromptOccursInTraining() {
    Set<String> seen = new HashSet<>();
    DATA.sftDialogues().forEach(dialogue -> seen.add(dialogue.question()));
    DATA.train().forEach(pair -> seen.add(pair.prompt()));

    assertThat(DATA.heldOut()).isNotEmpty();
    assertThat(DATA.heldOut()).noneMatch(pair -> seen.contains(pair.prompt()));
  }

  @Test
  void noAnswerOfAHeldOutTopicOccursInAPreferencePair() {
    Set<String> chosen = new HashSet<>();
    DATA.train().forEach(pair -> chosen.add(pair.chosen()));

    assertThat(DATA.heldOut()).noneMatch(pair -> chosen.contains(pair.chosen()));
  }

  @Test
  void theForumHelpsWithEveryFourthAnswer() {
    Set<String> helpful = new HashSet<>();
    DATA.train().forEach(pair -> helpful.add(pair.chosen()));
    DATA.heldOut().forEach(pair -> helpful.add(pair.chosen()));

    long specific =
        DATA.forum().stream().filter(dialogue -> helpful.contains(dialogue.answer())).count();
    assertThat(specific * 4).isEqualTo(DATA.forum().size());
  }

  @Test
  void bothLanguagesAreEquallyPresent() {
    for (List<DemoData.Pair> pairs : List.of(DATA.train(), DATA.heldOut())) {
      long chinese = pairs.stream().filter(pair -> pair.language().equals("zh")).count();
      assertThat(chinese * 2).isEqualTo(pairs.size());
    }
  }

  @Test
  void everySlotIsFilledAndTheAnswersOfAPairDiffer() {
    assertThat(DATA.texts()).noneMatch(text -> text.contains("{") || text.isBlank());
    assertThat(DATA.heldOut())
        .allSatisfy(
            pair -> {
              assertThat(pair.prompt()).doesNotContain("{");
              assertThat(pair.chosen()).isNotEqualTo(pair.rejected());
            });
  }

  @Test
  void theFilesHoldOneRowAPair(@TempDir Path folder) throws IOException {
    DATA.write(folder.resolve("data"));

    List<String> rows = Files.readAllLines(folder.resolve("data/train.jsonl"));
    assertThat(rows).hasSameSizeAs(DATA.train());
    assertThat(rows.get(0))
        .startsWith("{\"prompt\":[{\"role\":\"user\",\"content\":")
        .contains("\"chosen\"", "\"rejected\"");
    assertThat(folder.resolve("data/held-out.jsonl")).exists();
  }
}
