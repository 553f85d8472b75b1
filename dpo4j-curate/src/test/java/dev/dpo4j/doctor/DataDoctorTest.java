/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor;

import static dev.dpo4j.doctor.PlantedData.row;
import static dev.dpo4j.doctor.PlantedData.turn;
import static dev.dpo4j.doctor.PlantedData.turns;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.doctor.finding.DataProblem;
import dev.dpo4j.doctor.finding.Finding;
import dev.dpo4j.doctor.finding.Severity;
import dev.dpo4j.doctor.report.DoctorReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDoctorTest {
  private static final int GOOD = 300;

  @TempDir Path folder;

  private final PlantedData data = new PlantedData(1).good(GOOD);
  private final Map<DataProblem, List<Integer>> planted = new EnumMap<>(DataProblem.class);

  private void plant(DataProblem ailment, Map<String, Object> row) {
    planted.computeIfAbsent(ailment, unused -> new ArrayList<>()).add(data.plant(row));
  }

  private String english(int sentences) {
    return data.sentences(false, sentences);
  }

  private String chinese(int sentences) {
    return data.sentences(true, sentences);
  }

  private DoctorReport examine() throws IOException {
    return DataDoctor.of(PreferenceRows.read(data.write(folder.resolve("train.jsonl"))))
        .examples(50)
        .examine();
  }

  private static List<Integer> lines(DoctorReport report, DataProblem ailment) {
    Finding found = report.find(ailment);
    return found == null
        ? List.of()
        : found.examples().stream()
            .map(example -> Integer.valueOf(example.where().replaceFirst(".*:", "")))
            .toList();
  }

  private static Set<DataProblem> kinds(DoctorReport report) {
    Set<DataProblem> kinds = EnumSet.noneOf(DataProblem.class);
    report.findings().forEach(found -> kinds.add(found.ailment()));
    return kinds;
  }

  private void assertFoundWhereItWasPlanted(DoctorReport report) {
    planted.forEach(
        (ailment, rows) -> {
          assertThat(lines(report, ailment)).as("rows of %s", ailment).isEqualTo(rows);
          assertThat(report.find(ailment).count()).as(ailment.id()).isEqualTo(rows.size());
        });
    assertThat(kinds(report)).isEqualTo(planted.keySet());
  }

  @Test
  void findsNothingInACleanSet() throws IOException {
    for (int seed = 10; seed < 14; seed++) {
      Path file = new PlantedData(seed).good(500).write(folder.resolve(seed + ".jsonl"));
      Path held = new PlantedData(seed + 100L).good(100).write(folder.resolve("held.jsonl"));
      DoctorReport report =
          DataDoctor.of(PreferenceRows.read(file)).evaluation(PreferenceRows.read(held)).examine();
      assertThat(report.findings()).as("seed %d", seed).isEmpty();
      assertThat(report.rows()).isEqualTo(500);
    }
  }

  @Test
  void findsAnswersThatSayNothingOrTheSame() throws IOException {
    plant(DataProblem.EMPTY_ANSWER, row(english(1), "", english(2)));
    plant(DataProblem.EMPTY_ANSWER, row(english(1), english(2), " \n\u200B"));
    plant(
        DataProblem.EMPTY_ANSWER,
        row(turn("user", english(1)), turn("assistant", " "), turn("assistant", english(3))));
    String answer = english(3);
    plant(DataProblem.IDENTICAL_ANSWERS, row(english(1), answer, answer));
    String other = chinese(3);
    plant(DataProblem.IDENTICAL_NORMALISED, row(chinese(1), other, "  " + other + "\n"));
    String wide = english(2);
    plant(DataProblem.IDENTICAL_NORMALISED, row(english(1), wide, wide.replace('a', '\uFF41')));
    DoctorReport report = examine();
    planted.put(DataProblem.INVISIBLE_CHARACTER, lines(report, DataProblem.INVISIBLE_CHARACTER));
    assertFoundWhereItWasPlanted(report);
  }

  @Test
  void findsDuplicatesContradictionsAndCycles() throws IOException {
    plant(DataProblem.DUPLICATE_PAIR, data.get(7));
    plant(DataProblem.DUPLICATE_PAIR, data.get(7));
    plant(DataProblem.DUPLICATE_PAIR, data.get(40));
    Map<String, Object> first = row(english(2), english(3), english(3));
    data.plant(first);
    plant(
        DataProblem.CONTRADICTION,
        row(first.get("prompt"), first.get("rejected"), first.get("chosen")));
    String prompt = chinese(2);
    String a = chinese(3);
    String b = chinese(3);
    String c = chinese(3);
    data.plant(row(prompt, a, b));
    data.plant(row(prompt, b, c));
    plant(DataProblem.PREFERENCE_CYCLE, row(prompt, c, a));
    // A ranking of three is no cycle.
    String asked = english(2);
    String best = english(3);
    String worst = english(3);
    data.plant(row(asked, best, a));
    data.plant(row(asked, a, worst));
    data.plant(row(asked, best, worst));
    DoctorReport report = examine();
    planted.forEach(
        (ailment, rows) -> assertThat(lines(report, ailment)).as(ailment.id()).isEqualTo(rows));
    assertThat(report.find(DataProblem.DUPLICATE_PAIR).count()).isEqualTo(3);
    assertThat(report.find(DataProblem.CONTRADICTION).count()).as("both rows").isEqualTo(2);
    assertThat(report.find(DataProblem.PREFERENCE_CYCLE).count()).as("all three").isEqualTo(3);
    assertThat(report.find(DataProblem.DUPLICATE_PAIR).examples().get(0).what())
        .endsWith("train.jsonl:7");
  }

  @Test
  void findsNearDuplicatesInEnglishAndChineseAlike() throws IOException {
    for (boolean isChinese : new boolean[] {false, true}) {
      String prompt = data.sentences(isChinese, 3);
      String chosen = data.sentences(isChinese, 8);
      String rejected = data.sentences(isChinese, 8);
      data.plant(row(prompt, chosen, rejected));
      plant(
          DataProblem.NEAR_DUPLICATE,
          row(prompt, chosen, rejected.replaceFirst(isChinese ? "..。" : "\\w+\\.", "X.")));
      plant(DataProblem.NEAR_DUPLICATE, row(prompt + " ", chosen, rejected));
    }
    // One instruction before all, and other answers: not the same.
    String instruction = english(20);
    data.plant(row(instruction + english(1), english(3), english(3)));
    data.plant(row(instruction + english(1), english(3), english(3)));
    assertFoundWhereItWasPlanted(examine());
  }

  @Test
  void findsRowsOfTheEvaluationData() throws IOException {
    PlantedData held = new PlantedData(2).good(50);
    plant(DataProblem.LEAK_PAIR, held.get(5));
    String prompt = english(3);
    held.plant(row(prompt, english(3), english(3)));
    plant(DataProblem.LEAK_PROMPT, row(prompt + "\n", english(3), english(3)));
    String chosen = english(9);
    String rejected = english(9);
    held.plant(row(english(1) + prompt, chosen, rejected));
    plant(DataProblem.LEAK_NEAR, row(prompt, chosen, rejected));
    planted.get(DataProblem.LEAK_PROMPT).add(planted.get(DataProblem.LEAK_NEAR).get(0));
    DoctorReport report =
        DataDoctor.of(PreferenceRows.read(data.write(folder.resolve("train.jsonl"))))
            .evaluation(PreferenceRows.read(held.write(folder.resolve("held.jsonl"))))
            .examine();
    assertThat(lines(report, DataProblem.LEAK_PAIR)).isEqualTo(planted.get(DataProblem.LEAK_PAIR));
    assertThat(lines(report, DataProblem.LEAK_NEAR)).isEqualTo(planted.get(DataProblem.LEAK_NEAR));
    assertThat(report.find(DataProblem.LEAK_PROMPT).count()).isEqualTo(2);
    assertThat(report.find(DataProblem.LEAK_NEAR).examples().get(0).what())
        .contains("held.jsonl:52");
    assertThat(report.find(DataProblem.DUPLICATE_PAIR)).as("within the training data").isNull();
  }

  @Test
  void findsAnswersThatBreakOff() throws IOException {
    plant(
        DataProblem.CUT_ANSWER,
        row(english(1), english(3) + " And this is how the sentence went on and", english(3)));
    plant(DataProblem.CUT_ANSWER, row(chinese(1), chinese(3), chinese(3) + "这一句话还没有说完但是就这样停在了中间的"));
    plant(DataProblem.OPEN_FENCE, row(english(1), english(2) + "\n```\nint x = 1;\n", english(3)));
    // None of these is cut.
    data.plant(row(english(1), "yes", "no"));
    data.plant(
        row(english(1), english(1) + "\n- bread and butter\n- milk and honey and tea", english(2)));
    data.plant(row(english(1), english(2) + "\n```\nint x = 1;\n```", english(2) + " x = 1 + 2"));
    assertFoundWhereItWasPlanted(examine());
  }

  @Test
  void findsManyAnswersOfTheSameGreatestLength() throws IOException {
    for (int i = 0; i < 40; i++) {
      String longAnswer = english(9);
      data.plant(row(english(1), english(4), longAnswer.substring(0, 399) + "."));
    }
    DoctorReport report = examine();
    assertThat(report.find(DataProblem.LENGTH_LIMIT).count()).isEqualTo(40);
    assertThat(report.find(DataProblem.LENGTH_LIMIT).note())
        .isEqualTo("40 rejected answers of 400 characters");
  }

  @Test
  void measuresWhetherLengthTellsChosenFromRejected() throws IOException {
    for (int i = 0; i < 300; i++) {
      data.plant(row(english(1), english(6), english(2)));
    }
    Finding found = examine().find(DataProblem.LENGTH_BIAS);
    assertThat(found.count()).isBetween(400L, 500L);
    assertThat(found.note()).contains("95 % interval", "factor of", "correlation");
  }

  @Test
  void findsLanguagesThatDoNotBelongTogether() throws IOException {
    plant(DataProblem.LANGUAGE_MISMATCH, row(english(2), english(3), chinese(3)));
    plant(DataProblem.LANGUAGE_MISMATCH, row(chinese(2), english(3), chinese(3)));
    plant(DataProblem.LANGUAGE_SWITCH, row(english(2), chinese(3), chinese(3)));
    plant(
        DataProblem.RARE_LANGUAGE,
        row(
            "Где находится этот город?",
            "Этот город находится далеко на севере.",
            "Мне это совсем не известно."));
    assertFoundWhereItWasPlanted(examine());
  }

  @Test
  void findsTurnsOutOfOrder() throws IOException {
    Object answer = turn("assistant", english(3));
    plant(
        DataProblem.ROLE_ORDER,
        row(turns("user", english(1), "user", english(1)), answer, turn("assistant", english(3))));
    plant(
        DataProblem.ROLE_ORDER,
        row(
            turns("user", english(1), "system", english(1)),
            answer,
            turn("assistant", english(3))));
    plant(
        DataProblem.ROLE_ORDER,
        row(turn("user", english(1)), turn("user", english(3)), turn("assistant", english(3))));
    plant(
        DataProblem.ROLE_ORDER,
        row(
            turn("human", english(1)),
            turn("assistant", english(3)),
            turn("assistant", english(3))));
    plant(
        DataProblem.ROLE_ORDER,
        row(
            turns("user", english(1), "assistant", english(1)),
            turn("assistant", english(3)),
            turn("assistant", english(3))));
    plant(
        DataProblem.HISTORIES_DIFFER,
        row(
            turn("user", english(1)),
            turns("assistant", english(1), "user", english(1), "assistant", english(3)),
            turn("assistant", english(3))));
    plant(
        DataProblem.TURN_MARKER,
        row(english(1), english(2), english(2) + "\n\nHuman: " + english(1)));
    plant(DataProblem.TURN_MARKER, row(english(1), english(2) + "<|im_end|>", english(2)));
    data.plant(
        row(
            turns(
                "system",
                english(1),
                "user",
                english(1),
                "assistant",
                english(1),
                "user",
                english(1)),
            turn("assistant", english(3)),
            turn("assistant", english(3))));
    assertFoundWhereItWasPlanted(examine());
  }

  @Test
  void findsPhrasesAndDamage() throws IOException {
    plant(
        DataProblem.AI_BOILERPLATE,
        row(english(1), "As an AI language model, " + english(2), english(2)));
    plant(DataProblem.AI_BOILERPLATE, row(chinese(1), "作为一个人工智能语言模型，" + chinese(2), chinese(2)));
    plant(
        DataProblem.REFUSAL,
        row(english(1), "I’m sorry, but I can’t do that. " + english(1), english(2)));
    plant(DataProblem.REFUSAL, row(chinese(1), "抱歉，我无法这样做。" + chinese(1), chinese(2)));
    plant(
        DataProblem.ENCODING_DAMAGE, row(english(1), english(2) + " A cafÃ© nearby.", english(2)));
    plant(DataProblem.ENCODING_DAMAGE, row(english(1), english(2), english(2) + " It isnâ€™t."));
    plant(DataProblem.ENCODING_DAMAGE, row(chinese(1) + "\uFFFD", chinese(2), chinese(2)));
    plant(
        DataProblem.CONTROL_CHARACTER,
        row(english(1), english(2) + " \u000Crac{1}{2}.", english(2)));
    plant(DataProblem.HTML, row(english(1), english(1) + "<br/>" + english(1), english(2)));
    plant(DataProblem.HTML, row(english(1), english(2), english(1) + " this &amp; that."));
    plant(DataProblem.INVISIBLE_CHARACTER, row(english(1), "\uFEFF" + english(2), english(2)));
    // What was asked for is no damage; nor is a rejected answer that refuses.
    data.plant(
        row("Write HTML. " + english(1), "<p>" + english(1) + "</p>", "<b>" + english(1) + "</b>"));
    data.plant(row(english(1), english(2) + " Ein „Spaß“, déjà vu, Ångström, naïve.", english(2)));
    data.plant(
        row(english(1), english(2), "I'm sorry, but I cannot help with that. " + english(1)));
    assertFoundWhereItWasPlanted(examine());
  }

  @Test
  void rowsThatCannotBeReadAreAFindingAndAMissingFileIsNot() throws IOException {
    Path file = data.write(folder.resolve("train.jsonl"));
    Files.writeString(file, Files.readString(file) + "{\"prompt\": \"x\"}\nnonsense\n");
    DoctorReport report = DataDoctor.of(PreferenceRows.read(file)).examine();
    assertThat(report.rows()).isEqualTo(GOOD);
    assertThat(lines(report, DataProblem.UNREADABLE_ROW)).containsExactly(GOOD + 1, GOOD + 2);
    assertThat(report.hasAtLeast(Severity.ERROR)).isTrue();
    assertThatThrownBy(
            () -> DataDoctor.of(PreferenceRows.read(folder.resolve("none.jsonl"))).examine())
        .isInstanceOf(DataException.class)
        .hasMessageContaining("none.jsonl");
  }

  @Test
  void theReportEscapesWhatItQuotes() throws IOException {
    plant(
        DataProblem.HTML,
        row(english(1), english(1) + "<br onload=alert(1)>", english(2) + "\u001B[31m"));
    DoctorReport report = examine();
    assertThat(report.toHtml()).contains("&lt;br onload=alert(1)&gt;").doesNotContain("<br onload");
    assertThat(report.toHtml()).doesNotContain("http://").doesNotContain("https://");
    assertThat(report.toText()).contains("\\u001b").doesNotContain("\u001B");
    assertThat(report.toJson()).startsWith("{\"source\":").contains("\"id\":\"html\"");
  }
}
