/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.token.ExampleDataset;
import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.data.token.SupervisedOptions;
import dev.dpo4j.data.token.TokenizeOptions;
import dev.dpo4j.tokenizer.HfTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows that several processes tokenise part by part, and others read as if they were one. */
class JoinedTokensTest {
  private static final TokenizeOptions OPTIONS = TokenizeOptions.ofMaxLength(24);

  private final Path folder;
  private final HfTokenizer tokenizer;

  JoinedTokensTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    this.tokenizer = TinyModel.load(folder);
  }

  @AfterEach
  void closeTokenizer() {
    tokenizer.close();
  }

  /** Files of which the second has only rows that are dropped, and some rows are cut. */
  private List<Path> parts() throws IOException {
    List<Path> files = new ArrayList<>();
    int[] sizes = {5, 2, 1, 40};
    for (int part = 0; part < sizes.length; part++) {
      List<String> lines = new ArrayList<>();
      for (int i = 0; i < sizes[part]; i++) {
        lines.add(
            "{\"prompt\":\"sky %d\",\"chosen\":\"%s\",\"rejected\":\" red%s\",\"other%d\":1}"
                .formatted(
                    i, part == 1 ? "" : " blue".repeat(i % 7 + 1), " x".repeat(i % 3), part));
      }
      files.add(Files.write(folder.resolve("part-%d.jsonl".formatted(part)), lines));
    }
    return files;
  }

  @Test
  void pairsOfSeveralFilesAreThoseOfOneReading() throws IOException {
    List<Path> tokens = new ArrayList<>();
    for (Path part : parts()) {
      Path into = Path.of(part + ".tokens");
      PreferenceRows.read(part).into(into).tokenize(tokenizer.chat(), OPTIONS);
      tokens.add(into);
    }
    PreferenceDataset joined = PreferenceRows.ofTokens(tokens, "the rows");
    PreferenceDataset whole =
        PreferenceRows.read(folder.resolve("part-*.jsonl")).tokenize(tokenizer.chat(), OPTIONS);

    assertThat(joined.pairs()).hasSameSizeAs(whole.pairs()).hasSizeLessThan(48);
    for (int i = 0; i < whole.pairs().size(); i++) {
      assertThat(joined.pairs().get(i))
          .usingRecursiveComparison()
          .ignoringFields("origin")
          .isEqualTo(whole.pairs().get(i));
      assertThat(joined.pairs().get(i).origin().line())
          .isEqualTo(whole.pairs().get(i).origin().line());
    }
    assertThat(joined.report())
        .usingRecursiveComparison()
        .ignoringFields("source")
        .isEqualTo(whole.report());
    assertThat(joined.report().source()).isEqualTo("the rows");
    assertThatThrownBy(() -> joined.pairs().get(whole.pairs().size()))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void examplesOfSeveralFilesAreThoseOfOneReading() throws IOException {
    SupervisedOptions options = SupervisedOptions.ofMaxLength(24);
    List<Path> tokens = new ArrayList<>();
    for (Path part : parts()) {
      Path into = Path.of(part + ".tokens");
      TrainingRows.read(part, "train").into(into).tokenizeSupervised(tokenizer.chat(), options);
      tokens.add(into);
    }
    ExampleDataset joined = TrainingRows.ofTokens(tokens, "the rows");
    ExampleDataset whole =
        TrainingRows.read(folder.resolve("part-*.jsonl"), "train")
            .tokenizeSupervised(tokenizer.chat(), options);
    assertThat(joined.examples()).hasSameSizeAs(whole.examples());
    for (int i = 0; i < whole.examples().size(); i++) {
      assertThat(joined.examples().get(i))
          .usingRecursiveComparison()
          .ignoringFields("origin")
          .isEqualTo(whole.examples().get(i));
    }
    assertThat(joined.report())
        .usingRecursiveComparison()
        .ignoringFields("source")
        .isEqualTo(whole.report());
  }

  @Test
  void thatNoRowIsLeftIsSaidWhereTheFilesAreRead() throws IOException {
    Path into = folder.resolve("empty.tokens");
    PreferenceRows.read(parts().get(1)).into(into).tokenize(tokenizer.chat(), OPTIONS);
    assertThatThrownBy(() -> PreferenceRows.ofTokens(List.of(into), "the rows"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("the rows");
  }

  @Test
  void aFileThatIsNoFileOfTokensIsNamed() throws IOException {
    Path other = Files.writeString(folder.resolve("other.tokens"), "x".repeat(100));
    assertThatThrownBy(() -> PreferenceRows.ofTokens(List.of(other), "the rows"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(other.toString());
  }
}
