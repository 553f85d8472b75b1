/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.io.Checksums;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No command takes the place of a file that it did not write, or that it reads. */
class FilesOfOthersTest {
  @TempDir private Path folder;
  private ChildRun run;
  private Path output;
  private String said = "";

  @BeforeEach
  void prepare() throws IOException {
    output = folder.resolve("out");
    run = ChildRun.dpo(folder, "--max_steps=2", "--eval_steps=", "--eval_dataset=");
  }

  private int execute(String... arguments) {
    CapturedConsole console = new CapturedConsole();
    int code = new Cli(console.console(), new Interruption()).execute(arguments);
    said = console.out() + console.err();
    return code;
  }

  private static String[] with(List<String> command, String... more) {
    List<String> all = new ArrayList<>(command);
    all.addAll(Arrays.asList(more));
    return all.toArray(String[]::new);
  }

  private Map<String, String> files() throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        files.put(folder.relativize(file).toString(), Checksums.of(file));
      }
    }
    return files;
  }

  /** Refuses notes, the data and a folder; writes a new file, and writes it again. */
  private void writesOnlyItsOwn(List<String> command, String flag) throws IOException {
    Path notes = Files.writeString(folder.resolve("notes.txt"), "my notes");
    Map<String, String> before = files();
    for (Path foreign : List.of(notes, run.data, folder, folder.resolve("none/there.txt"))) {
      assertThat(execute(with(command, flag + "=" + foreign))).as(said).isEqualTo(2);
      assertThat(said).contains(foreign.toString());
      assertThat(files()).as(flag + " " + foreign).isEqualTo(before);
    }
    Path own = folder.resolve("own" + flag.length());
    for (int again = 0; again < 2; again++) {
      assertThat(execute(with(command, flag + "=" + own))).as(said).isZero();
    }
    Files.writeString(own, "my notes");
    assertThat(execute(with(command, flag + "=" + own))).as(said).isEqualTo(2);
    assertThat(own).hasContent("my notes");
  }

  @Test
  void evalWritesOnlyOverEarlierResults() throws IOException {
    List<String> eval =
        List.of("eval", "--model_name_or_path=" + run.model, "--dataset_name=" + run.data);
    writesOnlyItsOwn(eval, "--output");
    writesOnlyItsOwn(eval, "--html");
  }

  @Test
  void scoreWritesOnlyOverEarlierScores() throws IOException {
    String[] training =
        Stream.of(run.into(output, "--save_strategy=no"))
            .filter(key -> !key.startsWith("--save_steps") && !key.startsWith("--save_total"))
            .toArray(String[]::new);
    training[0] = "reward";
    assertThat(execute(training)).as(said).isZero();
    writesOnlyItsOwn(
        List.of("score", "--model_name_or_path=" + output, "--dataset_name=" + run.data),
        "--output");
  }

  @Test
  void reportWritesOnlyOverEarlierPages() throws IOException {
    assertThat(execute(run.into(output))).as(said).isZero();
    writesOnlyItsOwn(List.of("report", output.toString()), "--output");
    Path page = output.resolve("report.html");
    assertThat(execute("report", output.toString())).as(said).isZero();
    Files.writeString(page, "<html>my page</html>");
    assertThat(execute("report", output.toString())).isEqualTo(2);
    assertThat(page).hasContent("<html>my page</html>");
    Path picture = Files.writeString(folder.resolve("p.png"), "a picture");
    assertThat(
            execute(
                "report",
                output.toString(),
                "--output=" + folder.resolve("r.html"),
                "--png=" + picture))
        .isEqualTo(2);
    assertThat(picture).hasContent("a picture");
  }

  @Test
  void benchWritesOnlyOverEarlierFigures() throws IOException {
    writesOnlyItsOwn(
        List.of("bench", "--model=" + run.model, "--data=" + run.data, "--n=2", "--bs=1"), "--out");
  }

  @Test
  void aRunIsNotWrittenOverTheModelThatItReads() throws IOException {
    Map<String, String> before = files();
    for (String more : new String[] {"--seed=1", "--ref_model_name_or_path=" + run.model}) {
      assertThat(execute(run.into(run.model, "--overwrite_output_dir=true", more)))
          .as(said)
          .isEqualTo(ExitCode.USAGE.code());
      assertThat(said).contains("output_dir is the folder of a model that is read");
      assertThat(files()).isEqualTo(before);
    }
  }

  @Test
  void theSettingsThatSomebodyWroteAreNotReplacedByTheResolvedOnes() throws IOException {
    Files.createDirectories(output);
    Path mine = Files.writeString(output.resolve("config.yaml"), "# my notes\nseed: 1\n");
    for (String more :
        new String[] {"--overwrite_output_dir=true", "--resume_from_checkpoint=auto"}) {
      Map<String, String> before = files();
      assertThat(execute(run.into(output, "--config=" + mine, more)))
          .as(said)
          .isEqualTo(ExitCode.USAGE.code());
      assertThat(said).contains("holds a config.yaml that no run wrote");
      assertThat(files()).isEqualTo(before);
    }
    Files.delete(mine);
    assertThat(execute(run.into(output))).as(said).isZero();
    assertThat(execute(run.into(output, "--overwrite_output_dir=true"))).as(said).isZero();
  }

  @Test
  void anAdapterIsNotMergedIntoItsOwnFolderOrItsBase() throws IOException {
    assertThat(execute(run.into(output, "--use_peft=true", "--lora_target_modules=all-linear")))
        .as(said)
        .isZero();
    Map<String, String> before = files();
    for (Path into : List.of(output, run.model)) {
      assertThat(
              execute(
                  "merge",
                  "--model_name_or_path=" + output,
                  "--output_dir=" + into,
                  "--overwrite_output_dir=true"))
          .as(said)
          .isEqualTo(ExitCode.USAGE.code());
      assertThat(said).contains("output_dir is the folder of a model that is read");
      assertThat(files()).isEqualTo(before);
    }
  }
}
