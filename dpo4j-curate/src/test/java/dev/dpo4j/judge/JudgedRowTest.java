/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.data.form.Prompt;
import dev.dpo4j.data.form.PromptRow;
import dev.dpo4j.data.form.PromptRow.Response;
import dev.dpo4j.data.row.Origin;
import dev.dpo4j.judge.endpoint.AskOutcome;
import dev.dpo4j.stats.Agreement;
import dev.dpo4j.stats.Proportion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JudgedRowTest {
  private static Comparison comparison(int first, int second, Verdict there, Verdict back) {
    return Comparison.of(
        first,
        second,
        new AskOutcome.Answered<>(new Judgement(there, "r")),
        new AskOutcome.Answered<>(new Judgement(back, "r")));
  }

  private static PromptRow row(String... answers) {
    return new PromptRow(
        0,
        new Origin(Origin.MEMORY, 1),
        new Prompt.Text("q"),
        Arrays.stream(answers).map(Response::of).toList());
  }

  @ParameterizedTest
  @CsvSource({
    "FIRST, SECOND, FIRST",
    "SECOND, FIRST, SECOND",
    "FIRST, FIRST, FLIP",
    "SECOND, SECOND, FLIP",
    "TIE, TIE, TIE",
    "FIRST, TIE, HALF_TIE",
    "TIE, FIRST, HALF_TIE",
  })
  void twoOrdersMeanTogether(Verdict there, Verdict back, Comparison.Outcome outcome) {
    Comparison comparison = comparison(0, 1, there, back);
    assertThat(comparison.outcome()).isEqualTo(outcome);
    assertThat(comparison.winner())
        .isEqualTo(
            switch (outcome) {
              case FIRST -> 0;
              case SECOND -> 1;
              default -> null;
            });
  }

  @Test
  void aMissingJudgementIsAFailure() {
    Comparison comparison =
        Comparison.of(
            0,
            1,
            new AskOutcome.Answered<>(new Judgement(Verdict.FIRST, "r")),
            new AskOutcome.Failed<>("gone", true));
    assertThat(comparison.outcome()).isEqualTo(Comparison.Outcome.FAILED);
    assertThat(comparison.failure()).isEqualTo("gone");
    JudgedRow judged = new JudgedRow(row("a", "b"), List.of(comparison));
    assertThat(judged.pair()).isNull();
  }

  @Test
  void aCircleOfWinsGivesNoPairUnlessTheBestBeatTheWorst() {
    // 0 beats 1, 1 beats 2, 2 beats 0: all have one point.
    JudgedRow circle =
        new JudgedRow(
            row("a", "b", "c"),
            List.of(
                comparison(0, 1, Verdict.FIRST, Verdict.SECOND),
                comparison(0, 2, Verdict.SECOND, Verdict.FIRST),
                comparison(1, 2, Verdict.FIRST, Verdict.SECOND)));
    assertThat(circle.bestAndWorst()).isNull();
    assertThat(circle.scores()).containsExactly(1, 1, 1);
    // 0 beats 1 and ties with 2; 1 ties with 2: 1.5, 0.5, 1.
    JudgedRow clear =
        new JudgedRow(
            row("a", "b", "c"),
            List.of(
                comparison(0, 1, Verdict.FIRST, Verdict.SECOND),
                comparison(0, 2, Verdict.FIRST, Verdict.FIRST),
                comparison(1, 2, Verdict.TIE, Verdict.TIE)));
    assertThat(clear.bestAndWorst()).containsExactly(0, 1);
    assertThat(clear.pair()).containsEntry("chosen", "a").containsEntry("rejected", "b");
  }

  @Test
  void peopleAreFoundByPromptAndAnswersInWhateverFormAndOrder(@TempDir Path folder)
      throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("human.jsonl"),
            """
            {"prompt": [{"role": "user", "content": "q"}], "chosen": [{"role": "assistant", "content": "b "}], "rejected": [{"role": "assistant", "content": "a"}]}
            {"prompt": "q", "chosen": "c", "rejected": "d"}
            {"prompt": "q", "chosen": "d", "rejected": "c"}
            """);
    HumanLabels labels = HumanLabels.read(file);
    assertThat(labels.verdict(row("a", "b"), 0, 1)).isEqualTo(Verdict.SECOND);
    assertThat(labels.verdict(row("b", "a"), 0, 1)).isEqualTo(Verdict.FIRST);
    assertThat(labels.verdict(row("c", "d"), 0, 1)).isEqualTo(Verdict.TIE);
    assertThat(labels.verdict(row("a", "c"), 0, 1)).isNull();
    assertThat(labels.contradictions()).isEqualTo(1);
    JudgedRow judged =
        new JudgedRow(row("a", "b"), List.of(comparison(0, 1, Verdict.SECOND, Verdict.FIRST)));
    Agreement agreement = labels.agreement(List.of(judged));
    assertThat(agreement.cases()).isEqualTo(1);
    assertThat(agreement.observed().count()).isEqualTo(1);
  }

  @Test
  void biasesAreCountedOverSingleVerdictsAndDecisions() {
    JudgedRow longer =
        new JudgedRow(row("a", "bb"), List.of(comparison(0, 1, Verdict.SECOND, Verdict.FIRST)));
    JudgedRow flipped =
        new JudgedRow(row("a", "bb"), List.of(comparison(0, 1, Verdict.FIRST, Verdict.FIRST)));
    JudgedRow tied =
        new JudgedRow(row("a", "bb"), List.of(comparison(0, 1, Verdict.TIE, Verdict.TIE)));
    JudgeStats stats = JudgeStats.of(List.of(longer, flipped, tied));
    assertThat(stats.longerWins()).isEqualTo(new Proportion(1, 1));
    assertThat(stats.firstPlace()).isEqualTo(new Proportion(3, 4));
    assertThat(stats.flipRate()).isEqualTo(new Proportion(1, 3));
    assertThat(stats.inconsistent()).isEqualTo(new Proportion(1, 3));
    assertThat(stats.complete()).isEqualTo(3);
  }
}
