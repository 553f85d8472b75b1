/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.checkpoint.Manifest;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.io.Checksums;
import dev.dpo4j.io.Folders;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Stops runs in every way and lets them go on. */
@Timeout(1200)
class ResumeIT {
  @TempDir private Path folder;
  private Path output;
  private ChildRun run;

  @BeforeEach
  void prepare() throws IOException {
    output = folder.resolve("out");
    run = ChildRun.dpo(folder, "--max_steps=6", "--overwrite_output_dir");
  }

  /** What a command wrote, and its exit code. */
  private record Outcome(int code, String err) {}

  private Outcome train(String... more) {
    CapturedConsole console = new CapturedConsole();
    int code = new Cli(console.console(), new Interruption()).execute(run.into(output, more));
    return new Outcome(code, console.err());
  }

  private List<String> checkpoints() throws IOException {
    try (Stream<Path> files = Files.list(output)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.contains("checkpoint-"))
          .sorted()
          .toList();
    }
  }

  private String weights(String name) throws IOException {
    return Checksums.of(output.resolve(name).resolve("model.safetensors"));
  }

  @Test
  void aTornCheckpointIsPassedOverAndTheResultIsTheSame() throws IOException {
    assertThat(train().code()).isZero();
    assertThat(checkpoints()).containsExactly("checkpoint-2", "checkpoint-4", "checkpoint-6");
    assertThat(Manifest.faults(output.resolve("checkpoint-6"))).isEmpty();
    String weights = weights(".");
    String metrics = Files.readString(output.resolve("metrics.jsonl"));
    Path torn = output.resolve("checkpoint-6/optimizer.safetensors");
    byte[] bytes = Files.readAllBytes(torn);
    bytes[bytes.length - 5] ^= 4;
    Files.write(torn, bytes);
    assertThat(train("--resume_from_checkpoint=auto").code()).isZero();
    assertThat(weights(".")).isEqualTo(weights);
    assertThat(Files.readString(output.resolve("metrics.jsonl"))).isEqualTo(metrics);
    assertThat(Manifest.faults(output.resolve("checkpoint-6"))).isEmpty();
    Outcome given =
        train("--resume_from_checkpoint=" + output.resolve("checkpoint-2"), "--save_steps=5");
    assertThat(given.code()).as(given.err()).isZero();
    assertThat(weights(".")).isEqualTo(weights);
  }

  @Test
  void aLongerRunGoesOnFromWhereItEndedAndSaysHowTheScheduleChanges() throws IOException {
    assertThat(train().code()).isZero();
    Outcome longer = train("--resume_from_checkpoint=auto", "--max_steps=8");
    assertThat(longer.code()).as(longer.err()).isZero();
    assertThat(checkpoints()).contains("checkpoint-6", "checkpoint-8");
    assertThat(Files.readString(output.resolve("metrics.jsonl")).lines().count()).isPositive();
    Outcome shorter = train("--resume_from_checkpoint=auto", "--max_steps=4");
    assertThat(shorter.code()).isNotZero();
    assertThat(shorter.err()).contains("max_steps");
  }

  @ParameterizedTest
  @ValueSource(strings = {"adamw_bf16_states", "adamw_8bit"})
  void narrowStatesOfTheOptimizerAreKeptToTheBit(String optim) throws IOException {
    assertThat(train("--optim=" + optim).code()).isZero();
    String weights = weights(".");
    String from = output.resolve("checkpoint-2").toString();
    Outcome resumed = train("--optim=" + optim, "--resume_from_checkpoint=" + from);
    assertThat(resumed.code()).as(resumed.err()).isZero();
    assertThat(weights(".")).isEqualTo(weights);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sgd",
        "sgd momentum=0.9,nesterov=true",
        "rmsprop momentum=0.9,centered=true",
        "adagrad lr_decay=0.1",
        "adafactor",
        "lion",
        "ademamix t_alpha=4,t_beta3=4"
      })
  void aRunWithAnyOptimizerGoesOnToTheSameBytes(String optimizer) throws IOException {
    String[] parts = optimizer.split(" ", -1);
    List<String> options = new ArrayList<>(List.of("--optim=" + parts[0]));
    if (parts.length > 1) {
      options.add("--optim_args=" + parts[1]);
    }
    Outcome first = train(options.toArray(String[]::new));
    assertThat(first.code()).as(first.err()).isZero();
    String weights = weights(".");
    options.add("--resume_from_checkpoint=" + output.resolve("checkpoint-2"));
    Outcome resumed = train(options.toArray(String[]::new));
    assertThat(resumed.code()).as(resumed.err()).isZero();
    assertThat(weights(".")).isEqualTo(weights);
  }

  @ParameterizedTest
  @ValueSource(strings = {"reduce_lr_on_plateau max", "greedy min"})
  void aRateThatFollowsTheEvaluationGoesOnFromWhereItWas(String schedule) throws IOException {
    String[] parts = schedule.split(" ", -1);
    String[] options = {
      "--lr_scheduler_type=" + parts[0],
      "--lr_scheduler_kwargs={mode: %s, patience: 0, factor: 0.5, eps: 0}".formatted(parts[1]),
      "--eval_strategy=steps",
      "--eval_steps=1",
      "--logging_steps=1",
      "--eval_dataset=" + run.data
    };
    Outcome first = train(options);
    assertThat(first.code()).as(first.err()).isZero();
    String weights = weights(".");
    String metrics = Files.readString(output.resolve("metrics.jsonl"));
    assertThat(
            metrics
                .lines()
                .filter(line -> line.contains("\"learning_rate\""))
                .map(line -> line.replaceAll(".*\"learning_rate\":([^,}]*).*", "$1"))
                .distinct())
        .as("rates of a rate that moves")
        .hasSizeGreaterThan(4);
    List<String> again = new ArrayList<>(List.of(options));
    again.add("--resume_from_checkpoint=" + output.resolve("checkpoint-4"));
    Outcome resumed = train(again.toArray(String[]::new));
    assertThat(resumed.code()).as(resumed.err()).isZero();
    assertThat(weights(".")).isEqualTo(weights);
    assertThat(Files.readString(output.resolve("metrics.jsonl"))).isEqualTo(metrics);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--lora_r=4", "--disable_dropout=false", "--loraplus_lr_ratio=16"})
  void aRunOfAnAdapterEndsWithTheSameBytes(String option) throws IOException {
    String[] lora = {"--use_peft=true", option};
    assertThat(train(lora).code()).isZero();
    Path adapter = output.resolve("adapter_model.safetensors");
    String weights = Checksums.of(adapter);
    String metrics = Files.readString(output.resolve("metrics.jsonl"));
    assertThat(output.resolve("model.safetensors")).doesNotExist();
    String from = "--resume_from_checkpoint=" + output.resolve("checkpoint-2");
    Outcome resumed = train(lora[0], lora[1], from);
    assertThat(resumed.code()).as(resumed.err()).isZero();
    assertThat(Checksums.of(adapter)).isEqualTo(weights);
    assertThat(Files.readString(output.resolve("metrics.jsonl"))).isEqualTo(metrics);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--use_peft=false", "--use_peft=true"})
  void aReferenceThatMovesGoesOnFromWhereItWas(String peft) throws IOException {
    String[] options = {peft, "--sync_ref_model=true", "--ref_model_sync_steps=2"};
    assertThat(train(options).code()).isZero();
    String metrics = Files.readString(output.resolve("metrics.jsonl"));
    String from = "--resume_from_checkpoint=" + output.resolve("checkpoint-2");
    Outcome resumed = train(options[0], options[1], options[2], from);
    assertThat(resumed.code()).as(resumed.err()).isZero();
    assertThat(Files.readString(output.resolve("metrics.jsonl"))).isEqualTo(metrics);
    Outcome refused =
        train(options[0], options[1], options[2], "--precompute_ref_log_probs=true", from);
    assertThat(refused.code()).isNotZero();
    assertThat(refused.err()).contains("precompute_ref_log_probs");
  }

  @Test
  void aChangedConfigurationIsRefusedWithTheDifferences() {
    assertThat(train().code()).isZero();
    Outcome changed =
        train("--resume_from_checkpoint=auto", "--learning_rate=2e-3", "--beta=0.2", "--seed=42");
    assertThat(changed.code()).isEqualTo(ExitCode.USAGE.code());
    assertThat(changed.err())
        .contains("learning_rate", "was 0.001 in the run to resume and is 0.002 now", "beta");
    assertThat(changed.err()).doesNotContain("save_steps", "seed");
  }

  @Test
  void changedDataAreRefused() throws IOException {
    assertThat(train().code()).isZero();
    Files.writeString(run.data, Files.readString(run.data).replace("window 4", "window 5"));
    Outcome changed = train("--resume_from_checkpoint=auto");
    assertThat(changed.code()).isEqualTo(ExitCode.FAILURE.code());
    assertThat(changed.err()).contains("other data");
  }

  @Test
  void withoutACheckpointAutoBeginsAndTrueIsAnError() throws IOException {
    assertThat(train("--resume_from_checkpoint=true").err()).contains("no whole checkpoint");
    String[] none = {"--save_strategy=no", "--save_steps=", "--save_total_limit="};
    assertThat(train(none).code()).isZero();
    assertThat(train("--resume_from_checkpoint=true").err()).contains("no whole checkpoint");
    assertThat(train("--resume_from_checkpoint=auto", none[0], none[1], none[2]).code()).isZero();
    assertThat(checkpoints()).isEmpty();
    Outcome missing = train("--resume_from_checkpoint=" + folder.resolve("none"));
    assertThat(missing.code()).isEqualTo(ExitCode.FAILURE.code());
    assertThat(missing.err()).contains("there is no such folder");
  }

  @Test
  void aModelAloneIsKeptButCannotBeResumed() throws IOException {
    assertThat(train("--save_only_model").code()).isZero();
    assertThat(output.resolve("checkpoint-6/optimizer.safetensors")).doesNotExist();
    assertThat(weights("checkpoint-6")).isEqualTo(weights("."));
    assertThat(train("--resume_from_checkpoint=true").err()).contains("no whole checkpoint");
  }

  /** The margin grows while the model learns, so with the order reversed the first one is best. */
  @ParameterizedTest
  @ValueSource(strings = {"steps", "best"})
  void theBestCheckpointIsKeptAndLoaded(String strategy) throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--save_strategy=" + strategy,
                strategy.equals("best") ? "--save_steps=" : "--save_steps=2",
                "--eval_steps=2",
                "--metric_for_best_model=rewards/margins",
                "--greater_is_better=false",
                "--load_best_model_at_end",
                "--save_total_limit=1"));
    Outcome trained = train(arguments.toArray(String[]::new));
    assertThat(trained.code()).as(trained.err()).isZero();
    assertThat(checkpoints())
        .isEqualTo(
            strategy.equals("best")
                ? List.of("checkpoint-2")
                : List.of("checkpoint-2", "checkpoint-6"));
    assertThat(weights(".")).isEqualTo(weights("checkpoint-2"));
    assertThat(Files.readString(output.resolve("trainer_state.json")))
        .contains("\"best_global_step\" : 2");
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void afterSigtermTheSameCommandGoesOn() throws Exception {
    run = ChildRun.dpo(folder, "--resume_from_checkpoint=auto", "--save_steps=1000");
    Path whole = folder.resolve("whole");
    CapturedConsole console = new CapturedConsole();
    assertThat(new Cli(console.console(), new Interruption()).execute(run.into(whole))).isZero();
    List<String> lines = List.of();
    // Where this machine is slow the run may be over before the signal is sent: once more.
    while (lines.stream().noneMatch(line -> line.startsWith("terminated: finishing this step"))) {
      Folders.delete(output);
      lines = terminated();
    }
    assertThat(checkpoints()).hasSize(1);
    assertThat(train().code()).isZero();
    assertThat(weights(".")).isEqualTo(Checksums.of(whole.resolve("model.safetensors")));
    assertThat(Files.readString(output.resolve("metrics.jsonl")))
        .isEqualTo(Files.readString(whole.resolve("metrics.jsonl")));
  }

  /** Trains in a process that gets SIGTERM after a few steps; what it printed. */
  private List<String> terminated() throws Exception {
    Process process = ChildRun.start(ChildRun.command(run.into(output, "--max_steps=16")));
    List<String> lines = new ArrayList<>();
    try (BufferedReader err = process.errorReader(StandardCharsets.UTF_8)) {
      String line = err.readLine();
      while (line != null) {
        lines.add(line);
        if (line.startsWith("step 3/")) {
          process.toHandle().destroy();
        }
        line = err.readLine();
      }
    }
    assertThat(process.waitFor()).as(String.join("\n", lines)).isIn(0, 75);
    return lines;
  }

  /** A limit on the size of files stands for the full disk: the optimizer's file is the largest. */
  @ParameterizedTest
  @ValueSource(strings = {"stop", "continue"})
  @DisabledOnOs(OS.WINDOWS)
  void aFailedSaveIsToldAndTheRunStopsOrGoesOn(String choice) throws Exception {
    long model = Files.size(run.model.resolve("model.safetensors"));
    String command =
        ChildRun.command(run.into(output, "--on_save_failure=" + choice)).stream()
            .map(word -> "'" + word + "'")
            .collect(Collectors.joining(" "));
    String limited = "ulimit -f " + (model * 3 / 2 / 1024) + "; exec " + command;
    Process process = ChildRun.start(List.of("bash", "-c", limited));
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    int code = process.waitFor();
    assertThat(err).contains("the checkpoint after step 2 could not be written");
    assertThat(checkpoints()).isEmpty();
    assertThat(code).as(err).isEqualTo(choice.equals("stop") ? 1 : 0);
    // There is no checkpoint, so a run that stops saves the weights that it has reached.
    assertThat(output.resolve("model.safetensors")).exists();
  }
}
