/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.report.run.RunReader;
import dev.dpo4j.report.run.RunRecord;
import dev.dpo4j.report.run.RunState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When a run evaluates, and ends because it does not improve. */
class EarlyStoppingTest {
  @TempDir private Path folder;
  private Path output;
  private String said = "";

  @BeforeEach
  void prepare() {
    output = folder.resolve("out");
  }

  private int train(String... more) throws IOException {
    List<String> options = new ArrayList<>(List.of("--max_steps=6"));
    options.addAll(List.of(more));
    ChildRun run = ChildRun.dpo(folder, options.toArray(String[]::new));
    CapturedConsole console = new CapturedConsole();
    int code = new Cli(console.console(), new Interruption()).execute(run.into(output));
    said = console.out() + console.err();
    return code;
  }

  private double[] evaluations() {
    return RunReader.read(output).curves().get("eval_loss").steps();
  }

  @Test
  void aRunEndsAfterAsManyEvaluationsWithoutImprovementAsItHasPatience() throws IOException {
    // No loss falls by 100, so that each evaluation but the first is without improvement.
    assertThat(
            train(
                "--eval_steps=1", "--early_stopping_patience=2", "--early_stopping_threshold=100"))
        .as(said)
        .isZero();
    assertThat(evaluations()).containsExactly(1, 2, 3);
    assertThat(said).contains("early_stopping", "after step 3 of 6");
    RunRecord read = RunReader.read(output);
    assertThat(read.state()).isEqualTo(RunState.FINISHED);
    assertThat(read.events().warnings()).anyMatch(told -> told.name().equals("early_stopping"));
    CapturedConsole console = new CapturedConsole();
    assertThat(new Cli(console.console(), new Interruption()).execute("verify", output.toString()))
        .as(console.out())
        .isZero();
  }

  @Test
  void aRunThatEndedEarlyDoesNotGoOnWhenItIsResumed() throws IOException {
    String[] options = {
      "--eval_steps=1",
      "--early_stopping_patience=2",
      "--early_stopping_threshold=100",
      "--resume_from_checkpoint=auto"
    };
    assertThat(train(options)).as(said).isZero();
    assertThat(train(options)).as(said).isZero();
    assertThat(evaluations()).containsExactly(1, 2, 3);
  }

  @Test
  void aRunThatImprovesGoesOnToItsEnd() throws IOException {
    assertThat(train("--eval_steps=1", "--early_stopping_patience=6")).as(said).isZero();
    assertThat(evaluations()).containsExactly(1, 2, 3, 4, 5, 6);
  }

  @Test
  void theFirstEvaluationWaitsForTheDelay() throws IOException {
    assertThat(train("--eval_steps=2", "--eval_delay=3")).as(said).isZero();
    assertThat(evaluations()).containsExactly(4, 6);
  }

  @Test
  void aMetricThatTheEvaluationLacksIsNamedWithThoseThatItHas() throws IOException {
    assertThat(
            train("--eval_steps=1", "--early_stopping_patience=1", "--metric_for_best_model=bleu"))
        .isNotZero();
    assertThat(said).contains("eval_bleu", "eval_loss");
    assertThat(
            train("--eval_steps=1", "--early_stopping_threshold=1", "--overwrite_output_dir=true"))
        .isEqualTo(ExitCode.USAGE.code());
    assertThat(said).contains("without early_stopping_patience");
  }
}
