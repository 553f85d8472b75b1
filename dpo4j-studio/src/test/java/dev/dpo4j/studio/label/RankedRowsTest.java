/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.data.row.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows with more than two answers, from the file to the pairs. */
class RankedRowsTest {
  @TempDir private Path folder;

  private Path decisions() {
    return folder.resolve("decisions.jsonl");
  }

  private Path rows(String... rows) throws IOException {
    return Files.write(folder.resolve("rows.jsonl"), List.of(rows));
  }

  /** The places on the page at which the answers of the row stand. */
  private static List<Integer> places(Question question, List<Integer> answers) {
    return answers.stream().map(answer -> question.order().indexOf(answer)).toList();
  }

  /** Ranks one row as the groups of answers say. */
  private void rank(String annotator, Path rows, boolean full, List<List<Integer>> groups)
      throws IOException {
    try (DecisionLog log = DecisionLog.open(decisions())) {
      LabelOptions options =
          Samples.options(Map.of("ranking", String.valueOf(full), "overlap", "9"));
      LabelSession session = Samples.session(rows, List.of(), options, log);
      Question question = session.view(annotator).question();
      session.decide(
          annotator,
          new LabelSession.Answer(
              question.id(),
              Choice.RANKED,
              "",
              List.of(),
              1,
              groups.stream().map(group -> places(question, group)).toList()));
    }
  }

  private List<String> export(boolean all) throws IOException {
    Path pairs = folder.resolve("pairs-" + all + ".jsonl");
    PairExport.read(decisions(), 0.5, all).write(pairs);
    return Files.readAllLines(pairs);
  }

  @Test
  void aRankingMakesTheBestAndTheWorstAPairOrEveryTwo() throws IOException {
    Path rows = rows("{\"prompt\": \"q\", \"answers\": [\"w\", \"x\", \"y\"]}");
    rank("ann", rows, true, List.of(List.of(2), List.of(0), List.of(1)));
    assertThat(export(false))
        .containsExactly("{\"prompt\":\"q\",\"chosen\":\"y\",\"rejected\":\"x\"}");
    assertThat(export(true))
        .containsExactlyInAnyOrder(
            "{\"prompt\":\"q\",\"chosen\":\"w\",\"rejected\":\"x\"}",
            "{\"prompt\":\"q\",\"chosen\":\"y\",\"rejected\":\"w\"}",
            "{\"prompt\":\"q\",\"chosen\":\"y\",\"rejected\":\"x\"}");
    assertThat(PairExport.read(decisions(), 0.5, true).toText())
        .containsPattern("rows +1\n")
        .containsPattern("pairs +3\n");
  }

  @Test
  void annotatorsWhoDisagreeAboutBestAndWorstMakeNoPair() throws IOException {
    Path rows = rows("{\"prompt\": \"q\", \"answers\": [\"w\", \"x\", \"y\", \"z\"]}");
    rank("ann", rows, false, List.of(List.of(0), List.of(1, 2), List.of(3)));
    rank("bob", rows, false, List.of(List.of(3), List.of(1, 2), List.of(0)));
    assertThatThrownBy(() -> export(false)).isInstanceOf(DataException.class);
    rank("eva", rows, false, List.of(List.of(0), List.of(2, 1), List.of(3)));
    assertThat(export(false)).singleElement().asString().contains("\"chosen\":\"w\"");
  }

  @Test
  void aDecisionIsReadAsItWasWritten() throws IOException {
    Path rows = rows("{\"prompt\": \"q\", \"answers\": [\"w\", \"x\", \"y\"]}");
    rank("ann", rows, false, List.of(List.of(2), List.of(0), List.of(1)));
    Decision read = DecisionFile.read(decisions(), true).decisions().get(0);
    assertThat(read.ranking()).containsExactly(List.of(2), List.of(0), List.of(1));
    assertThat(read.order()).containsExactlyInAnyOrder(0, 1, 2);
    assertThat(read.verdict()).contains(BestAnswer.THIRD);
    assertThat(read.answers()).containsExactly("w", "x", "y");
    assertThat(Files.readString(decisions())).contains("\"winner\":2");
  }

  @Test
  void theOrderOnThePageDiffersBetweenPeopleAndShowsEachAnswerOnce() throws IOException {
    Path rows =
        rows("{\"prompt\": \"q\", \"answers\": [\"1\", \"2\", \"3\", \"4\", \"5\", \"6\"]}");
    List<List<Integer>> orders = new ArrayList<>();
    LabelRow row = LabelRow.read(rows).get(0);
    for (int person = 0; person < 20; person++) {
      orders.add(Question.of(row, false, 0, 42, "p" + person).order());
    }
    assertThat(orders)
        .allSatisfy(order -> assertThat(order).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5));
    assertThat(orders.stream().distinct().count()).isGreaterThan(10);
    assertThat(
            IntStream.range(0, 6).filter(i -> orders.stream().anyMatch(o -> o.get(0) == i)).count())
        .as("answers that stand first somewhere")
        .isGreaterThan(4);
  }

  @Test
  void whatDoesNotFitTheQuestionIsRefused() throws IOException {
    Path rows = rows("{\"prompt\": \"q\", \"answers\": [\"w\", \"x\", \"y\"]}");
    for (List<List<Integer>> groups :
        List.of(
            List.<List<Integer>>of(),
            List.of(List.of(0), List.of(1)),
            List.of(List.of(0), List.of(0), List.of(1)),
            List.of(List.of(0, 1), List.<Integer>of(), List.of(2)))) {
      assertThatThrownBy(() -> rank("ann", rows, false, groups)).isInstanceOf(LabelException.class);
    }
    assertThatThrownBy(() -> rank("ann", rows, true, List.of(List.of(0), List.of(1, 2))))
        .hasMessageContaining("names each answer once");
  }

  @Test
  void aRowWithTooManyAnswersIsNamed() throws IOException {
    String many =
        "{\"prompt\": \"q\", \"answers\": [\"1\", \"2\", \"3\", \"4\", \"5\", \"6\", \"7\"]}";
    assertThatThrownBy(() -> LabelRow.read(rows(many)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("rows.jsonl, line 1: has 7 answers, but two to 6 can be compared");
  }
}
