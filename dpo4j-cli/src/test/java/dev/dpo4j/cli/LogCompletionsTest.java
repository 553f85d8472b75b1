/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.report.run.RunReader;
import dev.dpo4j.report.run.Sample;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the model answers while it is trained. */
class LogCompletionsTest {
  @TempDir private Path folder;
  private String said = "";

  private int train(Path output, String... more) throws IOException {
    List<String> options =
        new ArrayList<>(
            List.of(
                "--max_steps=4",
                "--eval_steps=2",
                "--learning_rate=1e-2",
                "--lr_scheduler_type=constant",
                "--log_completions=true",
                "--log_completions_prompts=2",
                "--log_completions_max_new_tokens=6"));
    options.addAll(List.of(more));
    ChildRun run = ChildRun.dpo(folder, options.toArray(String[]::new));
    CapturedConsole console = new CapturedConsole();
    int code = new Cli(console.console(), new Interruption()).execute(run.into(output));
    said = console.out() + console.err();
    return code;
  }

  @Test
  void theModelAnswersBeforeTrainingAndAfterEachEvaluation() throws IOException {
    Path output = folder.resolve("out");
    assertThat(train(output)).as(said).isZero();
    List<Sample> samples = RunReader.read(output).samples();
    assertThat(samples).extracting(Sample::step).containsExactly(0L, 0L, 2L, 2L, 4L, 4L);
    assertThat(samples.get(0).before()).isEqualTo(samples.get(0).after());
    assertThat(samples.get(4).before()).isEqualTo(samples.get(0).after());
    assertThat(samples.get(0).prompt()).startsWith("lantern 0");
    assertThat(samples.get(1).prompt()).startsWith("lantern 1");
    assertThat(Files.readString(output.resolve("report.html"))).contains("class=\"sample\"");
  }

  @Test
  void aDryRunTellsWhatTheAnswersCost() throws IOException {
    assertThat(train(folder.resolve("out"), "--dry_run=true")).as(said).isZero();
    assertThat(said).contains("2 prompts, 3 times up to 6 tokens each: at most 36 tokens");
  }

  @Test
  void thePromptsOfAFileAreAnsweredInPlaceOfThoseOfTheEvaluation() throws IOException {
    Path file = folder.resolve("asked.jsonl");
    Files.writeString(
        file,
        "{\"prompt\": \"window 1\"}\n{\"prompt\": \"window 1\"}\n{\"prompt\": \"window 2\"}\n");
    Path output = folder.resolve("out");
    assertThat(train(output, "--log_completions_file=" + file)).as(said).isZero();
    assertThat(RunReader.read(output).samples())
        .extracting(Sample::prompt)
        .startsWith("window 1", "window 2");
    Files.writeString(file, "{\"promt\": \"x\"}\n");
    Path other = folder.resolve("other");
    assertThat(train(other, "--log_completions_file=" + file)).isEqualTo(ExitCode.DATA.code());
    assertThat(said).contains("asked.jsonl");
    assertThat(other.resolve("config.yaml")).doesNotExist();
  }

  @Test
  void answeringChangesNothingOfTheTraining() throws IOException {
    Path with = folder.resolve("with");
    Path without = folder.resolve("without");
    assertThat(train(with)).as(said).isZero();
    assertThat(
            train(
                without,
                "--log_completions=",
                "--log_completions_prompts=",
                "--log_completions_max_new_tokens="))
        .as(said)
        .isZero();
    assertThat(Files.exists(without.resolve("completions.jsonl"))).isFalse();
    assertThat(Files.readAllBytes(with.resolve("model.safetensors")))
        .isEqualTo(Files.readAllBytes(without.resolve("model.safetensors")));
    assertThat(Files.readString(with.resolve("metrics.jsonl")))
        .isEqualTo(Files.readString(without.resolve("metrics.jsonl")));
  }

  @Test
  void aResumedRunHasTheAnswersOfOneThatWasNeverStopped() throws IOException {
    Path whole = folder.resolve("whole");
    assertThat(train(whole)).as(said).isZero();
    Path part = folder.resolve("part");
    assertThat(train(part, "--max_steps=2")).as(said).isZero();
    assertThat(train(part, "--resume_from_checkpoint=auto")).as(said).isZero();
    assertThat(Files.readString(part.resolve("completions.jsonl")))
        .isEqualTo(Files.readString(whole.resolve("completions.jsonl")));
  }
}
