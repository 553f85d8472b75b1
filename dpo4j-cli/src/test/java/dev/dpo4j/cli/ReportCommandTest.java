/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.report.run.ChangedKey;
import dev.dpo4j.report.run.RunReader;
import dev.dpo4j.report.run.RunRecord;
import dev.dpo4j.report.run.RunState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs leave what their report needs, and the command writes it. */
class ReportCommandTest {
  @TempDir private Path folder;
  private ChildRun run;
  private Path output;
  private String said = "";

  @BeforeEach
  void prepare() throws IOException {
    output = folder.resolve("out");
    run = ChildRun.dpo(folder, "--max_steps=2", "--logging_steps=1");
  }

  private int execute(String... arguments) {
    CapturedConsole console = new CapturedConsole();
    int code = new Cli(console.console(), new Interruption()).execute(arguments);
    said = console.out() + console.err();
    return code;
  }

  private String[] with(String... more) {
    List<String> all = new ArrayList<>(List.of(run.into(output)));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  @Test
  void everyTrainingRunEndsWithAPageOfItself() throws IOException {
    assertThat(execute(with("--beta=0.25"))).as(said).isZero();
    assertThat(said).contains("report ").contains("report.html");
    String page = Files.readString(output.resolve("report.html"));
    assertThat(page).contains("chart-loss", "chart-speed", "0.25", "pairs.jsonl");
    RunRecord read = RunReader.read(output);
    assertThat(read.state()).isEqualTo(RunState.FINISHED);
    assertThat(read.notes()).isEmpty();
    assertThat(read.events().changed())
        .containsEntry("beta", new ChangedKey("0.25", "0.1"))
        .containsKey("max_steps")
        .doesNotContainKeys("loss_type", "seed");
    assertThat(read.events().data().get(0).read()).isPositive();
    assertThat(read.events().plan()).containsEntry("method", "dpo").containsKey("engine");
    assertThat(read.curves().get("tokens_per_second").stats().points()).isEqualTo(2);
    assertThat(read.curves().get("tokens_per_second").stats().min()).isPositive();
    assertThat(execute("verify", output.toString())).as(said).isZero();
  }

  @Test
  void aRunThatWasResumedIsOneRun() throws IOException {
    assertThat(execute(with())).as(said).isZero();
    run = ChildRun.dpo(folder, "--max_steps=4", "--logging_steps=1");
    assertThat(execute(with("--resume_from_checkpoint=auto"))).as(said).isZero();
    RunRecord read = RunReader.read(output);
    assertThat(read.state()).isEqualTo(RunState.FINISHED);
    assertThat(read.events().starts()).hasSize(2);
    assertThat(read.events().starts().get(1).step()).isEqualTo(2);
    assertThat(read.curves().get("tokens_per_second").steps()).containsExactly(1, 2, 3, 4);
    assertThat(read.curves().get("loss").steps()).containsExactly(1, 2, 3, 4);
    assertThat(execute("verify", output.toString())).as(said).isZero();
  }

  @Test
  void aRunThatIsRefusedLeavesThePageOfTheEarlierOne() throws IOException {
    assertThat(execute(with())).as(said).isZero();
    Path page = output.resolve("report.html");
    FileTime before = Files.getLastModifiedTime(page);
    String events = Files.readString(output.resolve("events.jsonl"));
    assertThat(execute(with("--beta=0.3", "--resume_from_checkpoint=auto"))).isNotZero();
    assertThat(Files.getLastModifiedTime(page)).isEqualTo(before);
    assertThat(Files.readString(output.resolve("events.jsonl"))).isEqualTo(events);
  }

  @Test
  void severalRunsAreCompared() throws IOException {
    assertThat(execute(with())).as(said).isZero();
    Path first = output;
    output = folder.resolve("second");
    assertThat(execute(with("--beta=0.4"))).as(said).isZero();
    Path page = folder.resolve("both.html");
    assertThat(execute("report", first.toString(), output.toString(), "--output", page.toString()))
        .as(said)
        .isZero();
    assertThat(said).contains(page.toString());
    assertThat(Files.readString(page)).contains("Options that differ", "0.4", "second");
  }

  @Test
  void aPictureIsDrawnBesideThePage() throws IOException {
    assertThat(execute(with())).as(said).isZero();
    Path png = folder.resolve("curves.png");
    assertThat(execute("report", output.toString(), "--png", png.toString())).as(said).isZero();
    assertThat(Files.readAllBytes(png)).startsWith(0x89, 'P', 'N', 'G');
  }

  @Test
  void aFolderWithoutARunIsRefusedWithWhatWasExpected() {
    assertThat(execute("report", folder.toString())).isEqualTo(ExitCode.USAGE.code());
    assertThat(said).contains("metrics.jsonl", "expected the output_dir of a run");
    assertThat(execute("report", folder.toString(), "--lang", "fr"))
        .isEqualTo(ExitCode.USAGE.code());
    assertThat(said).contains("must be en or zh");
    assertThat(execute("report")).isEqualTo(ExitCode.USAGE.code());
  }
}
