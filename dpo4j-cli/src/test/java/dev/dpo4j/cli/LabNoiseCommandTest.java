/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Interruption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class LabNoiseCommandTest {
  @TempDir private Path folder;
  private CapturedConsole console = new CapturedConsole();

  private int lab(Path output, String... more) {
    List<String> arguments = new ArrayList<>(List.of("lab", "noise", "--output_dir=" + output));
    arguments.addAll(List.of(more));
    console = new CapturedConsole();
    return new Cli(console.console(), new Interruption()).execute(arguments.toArray(String[]::new));
  }

  @Test
  void aQuickStudyIsComparedAndASecondStartTakesWhatIsThere() throws IOException {
    Path here = Path.of("").toAbsolutePath();
    // On Windows the two can be on different drives.
    boolean sameDrive = Objects.equals(here.getRoot(), folder.toAbsolutePath().getRoot());
    Path output = (sameDrive ? here.relativize(folder.toAbsolutePath()) : folder).resolve("lab");
    String[] quick = {"--quick", "--study=copies", "--seeds=1"};
    assertThat(lab(output, quick)).as(console.err()).isZero();
    assertThat(console.out())
        .contains("near-duplicates", "25 pairs, 8 near-copies each", "95 % interval")
        .contains("brushed_off", "accuracy, loss sigmoid: best data is ")
        .contains("margin, loss sigmoid: best data is ", "fewer than 3 seeds", "page: ");
    assertThat(output.resolve("copies/sweep.html")).isNotEmptyFile();
    JsonNode report =
        JsonMapper.shared().readTree(Files.readString(output.resolve("copies/sweep.json")));
    assertThat(report.path("points").size()).isEqualTo(3);
    for (JsonNode point : report.path("points")) {
      assertThat(point.path("seeds").toString()).isEqualTo("[1]");
      double share = point.path("figures").path("brushed_off").path("value").asDouble(-1);
      assertThat(share).isBetween(0.0, 1.0);
    }
    String first = console.out();

    assertThat(lab(output, quick)).as(console.err()).isZero();
    assertThat(console.err()).contains("of which 1 are done already").doesNotContain("run 1 of");
    assertThat(console.out()).isEqualTo(first);
  }

  @Test
  void aFolderOfSomethingElseIsLeftAlone() throws IOException {
    Files.writeString(folder.resolve("letter.txt"), "mine");
    assertThat(lab(folder, "--quick")).isNotZero();
    assertThat(console.err()).contains("letter.txt", "not of lab noise", "--output_dir");
    assertThat(folder.resolve("demo")).doesNotExist();
  }

  @Test
  void aFolderOfOtherSettingsIsLeftAlone() throws IOException {
    Files.writeString(folder.resolve(".dpo4j-lab-noise"), "other settings\n");
    assertThat(lab(folder)).isNotZero();
    assertThat(console.err()).contains("other settings (quick or not)", "--output_dir");
    assertThat(folder.resolve("demo")).doesNotExist();
  }

  @Test
  void anUnknownStudyIsAnsweredWithTheKnownOnes() {
    assertThat(lab(folder, "--study=colour")).isEqualTo(ExitCode.USAGE.code());
    assertThat(console.err()).contains("labels", "pairs", "copies", "length");
  }
}
