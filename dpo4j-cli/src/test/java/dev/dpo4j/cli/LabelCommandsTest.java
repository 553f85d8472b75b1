/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Interruption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands around the page; the page itself is tested where it lives. */
class LabelCommandsTest {
  private static final String DECISION =
      """
      {"type":"decision","time":"2030-01-31T12:00:00Z","annotator":"%s","gold":false,"row":%d,"digest":"d%d","left":0,"choice":"%s","winner":%s,"reason":"","tags":[],"seconds":5.0,"prompt":"p%d","answers":[" a"," b"]}
      """;

  @TempDir private Path folder;
  private Path decisions;
  private CapturedConsole console;

  @BeforeEach
  void decisions() throws IOException {
    decisions =
        Files.writeString(
            folder.resolve("decisions.jsonl"),
            line("ann", 0, "left", "0")
                + line("bob", 0, "left", "0")
                + line("ann", 1, "right", "1")
                + line("bob", 1, "tie", "null"));
  }

  private static String line(String annotator, int row, String choice, String winner) {
    return DECISION.formatted(annotator, row, row, choice, winner, row);
  }

  private int run(String... arguments) {
    console = new CapturedConsole();
    return new Cli(console.console(), new Interruption()).execute(arguments);
  }

  @Test
  void reportPrintsATableOrOneJsonObject() {
    assertThat(run("label", "report", decisions.toString())).isZero();
    assertThat(console.out()).contains("2 rows judged", "ann, bob: Cohen's kappa 0.333");
    assertThat(run("label", "report", decisions.toString(), "--json")).isZero();
    assertThat(console.out().strip()).startsWith("{\"rows_judged\":2").endsWith("}");
    assertThat(console.err()).isEmpty();
  }

  @Test
  void exportWritesPairsAndCountsTheRest() throws IOException {
    Path pairs = folder.resolve("pairs.jsonl");
    assertThat(run("label", "export", decisions.toString(), "--output", pairs.toString())).isZero();
    assertThat(Files.readString(pairs))
        .isEqualTo("{\"prompt\":\"p0\",\"chosen\":\" a\",\"rejected\":\" b\"}\n");
    assertThat(console.out()).containsPattern("pairs +1\n").containsPattern("disagreement +1\n");
    assertThat(run("label", "export", decisions.toString(), "--output", pairs.toString())).isZero();
    Files.writeString(pairs, "mine\n");
    assertThat(run("label", "export", decisions.toString(), "--output", pairs.toString()))
        .isEqualTo(ExitCode.USAGE.code());
    assertThat(console.err()).contains("output: " + pairs + " exists already");
    assertThat(pairs).hasContent("mine");
  }

  @Test
  void aTornLastLineIsAWarning() throws IOException {
    Files.writeString(decisions, Files.readString(decisions) + "{\"type\":\"dec");
    assertThat(run("label", "report", decisions.toString(), "--json")).isZero();
    assertThat(console.err()).startsWith("warning: " + decisions + ": the last line breaks off");
    assertThat(console.out()).contains("\"rows_judged\":2");
  }

  @Test
  void faultsHaveTheirExitCodes() throws IOException {
    String output = "--output=" + folder.resolve("new.jsonl");
    assertThat(run("label", "report", folder.resolve("none").toString()))
        .isEqualTo(ExitCode.DATA.code());
    assertThat(run("label", folder.resolve("none").toString(), output))
        .isEqualTo(ExitCode.DATA.code());
    assertThat(console.err()).contains("does not exist");
    Path rows =
        Files.writeString(folder.resolve("rows.jsonl"), "{\"prompt\": \"p\", \"answers\": []}\n");
    assertThat(run("label", rows.toString(), output)).isEqualTo(ExitCode.DATA.code());
    assertThat(console.err())
        .contains("rows.jsonl, line 1: has 0 answers, but two to 6 can be compared");
    assertThat(run("label", rows.toString())).isEqualTo(ExitCode.USAGE.code());
    assertThat(console.err()).contains("output");
    assertThat(run("label", rows.toString(), output, "--port", "70000"))
        .isEqualTo(ExitCode.USAGE.code());
    assertThat(run("label", rows.toString(), output, "--gold_every=5"))
        .isEqualTo(ExitCode.USAGE.code());
    assertThat(console.err()).contains("gold_every: has no effect without gold");
  }

  @Test
  void helpListsKeysAndCommands() {
    assertThat(run("label", "--help")).isZero();
    assertThat(console.out())
        .contains("dpo4j label FILE --output X", "overlap", "gold_every", "report", "export");
    assertThat(run("label", "export", "--help")).isZero();
    assertThat(console.out()).contains("dpo4j label export FILE --output X", "min_agreement");
  }
}
