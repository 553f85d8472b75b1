/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.token.TokenCheck;
import dev.dpo4j.data.token.TokenizeOptions;
import dev.dpo4j.doctor.DoctorParts.Part;
import dev.dpo4j.doctor.finding.DataProblem;
import dev.dpo4j.doctor.finding.PairScore;
import dev.dpo4j.doctor.finding.ReferenceScorer;
import dev.dpo4j.doctor.report.DoctorReport;
import dev.dpo4j.tokenizer.BpeTrainer;
import dev.dpo4j.tokenizer.ByteLevelBpe;
import dev.dpo4j.tokenizer.HfTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows that are looked at part by part give the report of one reading. */
class DoctorPartsTest {
  private static final TokenizeOptions LIMIT = TokenizeOptions.ofMaxLength(60);

  /** Any numbers will do, if they depend on nothing but the pair. */
  private static final ReferenceScorer SCORER =
      pair ->
          new PairScore(
              -1.5 * pair.chosenIds().length,
              -0.5 * pair.rejectedIds().length - pair.chosenIds()[0] % 7,
              pair.chosenIds().length,
              pair.rejectedIds().length);

  @TempDir Path folder;

  /** Rows with duplicates across parts, contradictions, long answers, damage and faults. */
  private static List<String> lines(int faults) {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      String chosen =
          i % 11 == 0
              ? "As an AI language model, I can't. 😀".repeat(9)
              : "It is blue no " + i % 40;
      String rejected =
          i % 13 == 0 ? "" : i % 17 == 0 ? chosen : "Das ist rot und das ist gut " + i;
      lines.add(row("what is the colour of sky " + i % 40 + "?", chosen, rejected));
      if (i % 10 == 3 && faults-- > 0) {
        lines.add("{\"prompt\": \"broken %d\", \"chosen\": 7}".formatted(i));
      }
    }
    lines.add(lines.get(1));
    lines.add(
        row("what is the colour of sky 2?", "Das ist rot und das ist gut 2", "It is blue no 2"));
    return lines;
  }

  private static String row(String prompt, String chosen, String rejected) {
    return "{\"prompt\":\"%s\",\"chosen\":\"%s\",\"rejected\":\"%s\"}"
        .formatted(prompt, chosen, rejected);
  }

  private List<Part> look(
      List<String> lines, @Nullable TokenCheck check, @Nullable ReferenceScorer scorer)
      throws IOException {
    List<Part> parts = new ArrayList<>();
    for (int from = 0; from < lines.size(); from += 37) {
      long before = from;
      List<String> some = lines.subList(from, Math.min(lines.size(), from + 37));
      Path file = Files.write(folder.resolve("part.jsonl"), some);
      DoctorParts.look(PreferenceRows.read(file), check, scorer).stream()
          .map(part -> new Part(before + part.line(), part.looked(), part.fault()))
          .forEach(parts::add);
    }
    return parts;
  }

  @Test
  void withoutAModelTheReportIsThatOfOneReading() throws IOException {
    List<String> lines = lines(3);
    List<String> held = List.of(lines.get(5), lines.get(70).replace("no", "not"));
    Path file = Files.write(folder.resolve("pairs.jsonl"), lines);
    Path other = Files.write(folder.resolve("held.jsonl"), held);
    DoctorReport whole =
        DataDoctor.of(PreferenceRows.read(file)).evaluation(PreferenceRows.read(other)).examine();
    DoctorReport joined =
        new DoctorParts(whole.source(), DataDoctor.NEAR, DataDoctor.EXAMPLES)
            .examine(
                look(lines, null, null).iterator(),
                new DoctorParts.Looked(whole.evaluation(), look(held, null, null).iterator()),
                null);
    assertThat(plain(joined)).isEqualTo(plain(whole));
    assertThat(whole.find(DataProblem.UNREADABLE_ROW)).isNotNull();
    assertThat(whole.find(DataProblem.CONTRADICTION)).isNotNull();
    assertThat(whole.find(DataProblem.LEAK_PAIR)).isNotNull();
    assertThat(whole.find(DataProblem.DUPLICATE_PAIR)).isNotNull();
  }

  @Test
  void withAModelTheReportIsThatOfOneReading() throws IOException {
    List<String> lines = lines(0);
    Path file = Files.write(folder.resolve("pairs.jsonl"), lines);
    Path model = Files.createDirectory(folder.resolve("model"));
    new BpeTrainer(300, List.of("<|endoftext|>", "<|im_end|>"))
        .train(List.of("the sky is blue and the sea is blue too", "hello there"))
        .save(model, new ByteLevelBpe.ChatSettings("<|im_end|>", "<|endoftext|>", "", 1024));
    try (HfTokenizer tokenizer = HfTokenizer.load(model)) {
      DoctorReport whole =
          DataDoctor.of(PreferenceRows.read(file))
              .tokenizer(tokenizer.chat(), LIMIT)
              .scorer(SCORER)
              .examine();
      TokenCheck check = new TokenCheck(tokenizer.chat(), LIMIT);
      DoctorReport joined =
          new DoctorParts(whole.source(), DataDoctor.NEAR, DataDoctor.EXAMPLES)
              .examine(look(lines, check, SCORER).iterator(), null, tokenizer);
      assertThat(plain(joined)).isEqualTo(plain(whole));
      assertThat(whole.noise()).isNotNull();
      assertThat(whole.find(DataProblem.ANSWER_CUT)).isNotNull();
    }
  }

  @Test
  void readingStopsWhereOneReadingWouldGiveUp() throws IOException {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      lines.add(i % 3 == 0 ? "{\"prompt\": 1}" : row("p" + i, "c" + i, "r" + i));
    }
    Path file = Files.write(folder.resolve("pairs.jsonl"), lines);
    DoctorReport whole = DataDoctor.of(PreferenceRows.read(file)).examine();
    DoctorReport joined =
        new DoctorParts(whole.source(), DataDoctor.NEAR, DataDoctor.EXAMPLES)
            .examine(look(lines, null, null).iterator(), null, null);
    assertThat(plain(joined)).isEqualTo(plain(whole));
    assertThat(whole.rows()).isLessThan(66);
  }

  @Test
  void aFaultOfTheEvaluationDataIsRefused() throws IOException {
    List<Part> held = look(List.of("{\"prompt\": 1}"), null, null);
    assertThatThrownBy(
            () ->
                new DoctorParts("rows", DataDoctor.NEAR, DataDoctor.EXAMPLES)
                    .examine(
                        look(lines(0), null, null).iterator(),
                        new DoctorParts.Looked("held", held.iterator()),
                        null))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("held, line 1");
  }

  /** What is said without the folder that a row was read from. */
  private String plain(DoctorReport report) {
    return report.toJson().replace(folder + "/", "");
  }
}
