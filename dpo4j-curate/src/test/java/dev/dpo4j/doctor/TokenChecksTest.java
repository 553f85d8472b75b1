/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor;

import static dev.dpo4j.doctor.PlantedData.row;
import static dev.dpo4j.doctor.PlantedData.turn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.token.TokenizeOptions;
import dev.dpo4j.doctor.finding.DataProblem;
import dev.dpo4j.doctor.finding.Example;
import dev.dpo4j.doctor.finding.Finding;
import dev.dpo4j.doctor.finding.PairScore;
import dev.dpo4j.doctor.finding.Severity;
import dev.dpo4j.doctor.report.DoctorReport;
import dev.dpo4j.tokenizer.BpeTrainer;
import dev.dpo4j.tokenizer.ByteLevelBpe;
import dev.dpo4j.tokenizer.HfTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What only a tokenizer and a reference can find. */
class TokenChecksTest {
  private static final String TEMPLATE =
      """
      {%- for message in messages %}
      {%- if message['role'] == 'tool' %}{{ raise_exception('no tools here') }}{% endif %}
      {{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}
      {%- endfor %}
      {%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{% endif %}""";

  @TempDir Path folder;
  private HfTokenizer tokenizer;

  @BeforeEach
  void loadTokenizer() throws IOException {
    Path model = Files.createDirectory(folder.resolve("model"));
    new BpeTrainer(300, List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>"))
        .train(List.of("the sky is blue and the sea is blue too", "hello there"))
        .save(model, new ByteLevelBpe.ChatSettings("<|im_end|>", "<|endoftext|>", TEMPLATE, 1024));
    tokenizer = HfTokenizer.load(model);
  }

  @AfterEach
  void closeTokenizer() {
    tokenizer.close();
  }

  private static List<Long> rows(DoctorReport report, DataProblem ailment) {
    Finding found = report.find(ailment);
    return found == null ? List.of() : found.examples().stream().map(Example::row).toList();
  }

  @Test
  void findsWhatTheTemplateAndTheLimitDoToRows() throws IOException {
    PlantedData data = new PlantedData(8);
    String word = " the sky is blue";
    data.plant(row(word, word + " too.", " hello there."));
    data.plant(row(word.repeat(200), word, " hello"));
    data.plant(row(word, word.repeat(200) + ".", " hello there."));
    data.plant(row(word, word.repeat(200) + " one.", word.repeat(200) + " two."));
    data.plant(row("the sky is bl", "ue and wide.", "ue and grey."));
    data.plant(row(turn("tool", "hello"), turn("assistant", "yes."), turn("assistant", "no.")));
    Path file = data.write(folder.resolve("train.jsonl"));
    DoctorReport report =
        DataDoctor.of(PreferenceRows.read(file))
            .tokenizer(tokenizer.chat(), TokenizeOptions.ofMaxLength(64))
            .examine();
    assertThat(rows(report, DataProblem.PROMPT_TOO_LONG)).containsExactly(1L);
    assertThat(rows(report, DataProblem.ANSWER_CUT)).containsExactly(2L, 3L);
    assertThat(rows(report, DataProblem.IDENTICAL_AFTER_CUT)).containsExactly(3L);
    assertThat(rows(report, DataProblem.BOUNDARY_MISMATCH)).containsExactly(4L);
    assertThat(rows(report, DataProblem.CANNOT_RENDER)).containsExactly(5L);
    assertThat(report.find(DataProblem.CANNOT_RENDER).examples().get(0).what())
        .contains("no tools here");
    assertThat(report.facts()).containsKeys("prompt_tokens", "chosen_tokens");
  }

  @Test
  void findsFlippedLabelsAndSwapsThemWhenItIsTold() throws IOException {
    int count = 1500;
    Random random = new Random(9);
    Path file = new PlantedData(9).good(count).write(folder.resolve("train.jsonl"));
    Set<Long> flipped = new TreeSet<>();
    double[] margins = new double[count];
    for (int i = 0; i < count; i++) {
      margins[i] = 0.6 + 0.3 * random.nextGaussian();
      if (random.nextDouble() < 0.15) {
        flipped.add((long) i);
        margins[i] = -margins[i];
      }
    }
    Path out = folder.resolve("fixed.jsonl");
    DoctorReport report =
        DataDoctor.of(PreferenceRows.read(file))
            .examples(count)
            .tokenizer(tokenizer.chat(), TokenizeOptions.ofMaxLength(null))
            .scorer(
                pair -> {
                  int chosen = pair.chosenIds().length;
                  int rejected = pair.rejectedIds().length;
                  double margin = margins[pair.row()];
                  return new PairScore((margin - 1) * chosen, -rejected, chosen, rejected);
                })
            .repair(out, true)
            .examine();
    assertThat(report.noise().isNoisy()).isTrue();
    assertThat(report.noise().perToken()).as("what the labels follow").isTrue();
    // 225 of 1500 labels, standard error 0.01.
    assertThat(report.noise().epsilon()).isCloseTo(flipped.size() / 1500.0, within(0.03));
    List<Long> found = rows(report, DataProblem.LIKELY_FLIPPED);
    long right = found.stream().filter(flipped::contains).count();
    // With 0.6 above and 0.3 around it, 2 % lie on the wrong side of zero.
    assertThat(right).isGreaterThan((long) (0.9 * found.size()));
    assertThat(right).isGreaterThan((long) (0.8 * flipped.size()));
    assertThat(report.repair().swapped()).isEqualTo(found.size());
    JsonMapper json = new JsonMapper();
    List<String> before = Files.readAllLines(file);
    List<String> after = Files.readAllLines(out);
    for (long row : found) {
      JsonNode old = json.readTree(before.get((int) row));
      JsonNode swapped = json.readTree(after.get((int) row));
      assertThat(swapped.get("chosen")).isEqualTo(old.get("rejected"));
      assertThat(swapped.get("rejected")).isEqualTo(old.get("chosen"));
    }
    assertThat(before.size() - found.size())
        .isEqualTo(
            (int)
                java.util.stream.IntStream.range(0, count)
                    .filter(i -> before.get(i).equals(after.get(i)))
                    .count());
  }

  @Test
  void aReferenceThatKnowsNothingFlipsNothing() throws IOException {
    Random random = new Random(4);
    Path file = new PlantedData(3).good(400).write(folder.resolve("train.jsonl"));
    DoctorReport report =
        DataDoctor.of(PreferenceRows.read(file))
            .tokenizer(tokenizer.chat(), TokenizeOptions.ofMaxLength(null))
            .scorer(
                pair -> {
                  double off = pair.row() == 17 ? -90 : random.nextGaussian();
                  return new PairScore(-50 + off, -50, 10, 10);
                })
            .examine();
    assertThat(report.noise().isKnown()).isFalse();
    assertThat(report.find(DataProblem.LIKELY_FLIPPED)).isNull();
    assertThat(rows(report, DataProblem.REFERENCE_DISAGREES)).contains(17L);
    assertThat(report.hasAtLeast(Severity.WARNING)).isFalse();
  }
}
