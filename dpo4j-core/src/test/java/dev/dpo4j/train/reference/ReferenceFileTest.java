/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.ToyRun;
import dev.dpo4j.train.reference.ReferenceLogps.Answers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReferenceFileTest {
  private static final TokenizedPair FIRST =
      TokenizedPair.of(0, new int[] {1, 2}, new int[] {3, 4}, new int[] {5});
  private static final TokenizedPair SECOND =
      TokenizedPair.of(1, new int[] {1}, new int[] {2}, new int[] {3, 4});
  private static final List<Answers> ANSWERS =
      List.of(
          new Answers(new float[] {-1, -2.5f}, new float[] {-3}),
          new Answers(new float[] {-0f}, new float[] {-4, Float.NEGATIVE_INFINITY}));

  @TempDir private Path folder;

  private static List<float[]> numbers(List<Answers> answers) {
    return answers.stream().flatMap(one -> Stream.of(one.chosen(), one.rejected())).toList();
  }

  private Path only() throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("cache"))) {
      return files
          .reduce(
              (a, b) -> {
                throw new AssertionError("two files");
              })
          .orElseThrow();
    }
  }

  @Test
  void whatWasKeptIsFoundByTheNextRunWithTheSameModel() throws IOException {
    byte[] pass = ReferenceFile.key(List.of(FIRST, SECOND));
    try (LanguageModel model = ToyRun.model(folder.resolve("m"));
        CausalLm lm = model.compute(ComputeOptions.float32())) {
      try (ReferenceFile file = ReferenceFile.open(folder.resolve("cache"), lm)) {
        assertThat(file.find(pass)).isNull();
        file.put(pass, ANSWERS);
      }
      try (ReferenceFile file = ReferenceFile.open(folder.resolve("cache"), lm)) {
        assertThat(numbers(Objects.requireNonNull(file.find(pass))))
            .usingElementComparator(Arrays::compare)
            .isEqualTo(numbers(ANSWERS));
      }
    }
  }

  @Test
  void otherWeightsHaveAnotherFile() throws IOException {
    byte[] pass = ReferenceFile.key(List.of(FIRST));
    try (LanguageModel model = ToyRun.model(folder.resolve("m"));
        CausalLm lm = model.compute(ComputeOptions.float32())) {
      try (ReferenceFile file = ReferenceFile.open(folder.resolve("cache"), lm)) {
        file.put(pass, ANSWERS.subList(0, 1));
      }
      model.parameters().values().add_(model.parameters().values(), 0.5);
      try (ReferenceFile file = ReferenceFile.open(folder.resolve("cache"), lm)) {
        assertThat(file.find(pass)).isNull();
      }
    }
  }

  @Test
  void aPassIsKnownByItsTokensAndTheirGroupingAndNotByItsRows() {
    byte[] one = ReferenceFile.key(List.of(FIRST));
    assertThat(
            ReferenceFile.key(
                List.of(TokenizedPair.of(9, new int[] {1, 2}, new int[] {3, 4}, new int[] {5}))))
        .isEqualTo(one);
    assertThat(
            ReferenceFile.key(
                List.of(TokenizedPair.of(0, new int[] {1}, new int[] {2, 3, 4}, new int[] {5}))))
        .isNotEqualTo(one);
    assertThat(ReferenceFile.key(List.of(FIRST, SECOND))).isNotEqualTo(one);
    assertThat(ReferenceFile.key(List.of(SECOND, FIRST)))
        .isNotEqualTo(ReferenceFile.key(List.of(FIRST, SECOND)));
  }

  @Test
  void aFileThatBreaksOffKeepsItsWholePasses() throws IOException {
    byte[] first = ReferenceFile.key(List.of(FIRST));
    byte[] second = ReferenceFile.key(List.of(SECOND));
    try (LanguageModel model = ToyRun.model(folder.resolve("m"));
        CausalLm lm = model.compute(ComputeOptions.float32())) {
      long whole;
      try (ReferenceFile file = ReferenceFile.open(folder.resolve("cache"), lm)) {
        file.put(first, ANSWERS.subList(0, 1));
        whole = Files.size(only());
        file.put(second, ANSWERS.subList(1, 2));
      }
      Path log = only();
      byte[] bytes = Files.readAllBytes(log);
      Files.write(
          log,
          Arrays.copyOf(bytes, (int) (whole + bytes.length) / 2),
          StandardOpenOption.TRUNCATE_EXISTING);
      try (ReferenceFile file = ReferenceFile.open(folder.resolve("cache"), lm)) {
        assertThat(file.find(first)).isNotNull();
        assertThat(file.find(second)).isNull();
      }
    }
  }
}
