/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.demo.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rewards that nothing could be learnt from, or that are others than before, are refused. */
class RewardFaultsTest {
  private final Path folder;
  private final Path model;
  private final Path prompts;
  private final Path output;
  private CapturedConsole console = new CapturedConsole();

  RewardFaultsTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    this.model = TinyModel.write(folder);
    this.prompts =
        Files.writeString(
            folder.resolve("prompts.jsonl"),
            "{\"prompt\": \"a lantern\"}\n{\"prompt\": \"a window\", \"hint\": \"x\"}\n");
    this.output = folder.resolve("run");
  }

  private ExitCode run(String command, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                command,
                "--model_name_or_path=" + model,
                "--dataset_name=" + prompts,
                "--output_dir=" + output));
    arguments.addAll(List.of(more));
    console = new CapturedConsole();
    int code =
        new Cli(console.console(), new Interruption()).execute(arguments.toArray(String[]::new));
    return Arrays.stream(ExitCode.values())
        .filter(known -> known.code() == code)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aRunDoesNotGoOnWithAnotherRewardModelAtTheSamePath() throws IOException {
    Path reward = PpoCommandTest.rewardModel(model, folder.resolve("reward"));
    String[] options = {
      "--reward_model_name_or_path=" + reward,
      "--max_steps=2",
      "--save_steps=1",
      "--per_device_train_batch_size=2",
      "--response_length=4",
      "--resume_from_checkpoint=auto"
    };
    assertThat(run("ppo", options)).as(console.err()).isEqualTo(ExitCode.DONE);
    assertThat(console.out()).contains("objective/scores");
    byte[] log = Files.readAllBytes(output.resolve("metrics.jsonl"));
    Path weights = reward.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    bytes[bytes.length - 2] ^= 1;
    Files.write(weights, bytes);
    assertThat(run("ppo", options)).isEqualTo(ExitCode.USAGE);
    assertThat(console.err())
        .contains("reward_model_name_or_path: the judge of the answers is not the one");
    assertThat(output.resolve("metrics.jsonl")).hasBinaryContent(log);
  }

  @Test
  void aRuleThatNoRowHasASolutionForIsRefusedBeforeTheFolderIsMade() {
    assertThat(run("grpo", "--reward_funcs=exact_match_reward", "--num_generations=2"))
        .isEqualTo(ExitCode.DATA);
    assertThat(console.err())
        .contains("exact_match_reward compares answers with the column solution or answer or")
        .contains("prompts.jsonl, line 1")
        .contains("beside its prompt nothing");
    assertThat(output).doesNotExist();
  }

  @Test
  void weightsThatAreAllZeroAreRefused() {
    assertThat(run("rloo", "--reward_funcs=brevity_reward", "--reward_weights=0"))
        .isEqualTo(ExitCode.USAGE);
    assertThat(console.err()).contains("reward_weights: are all 0: nothing would be learnt");
  }

  @Test
  void theNameThatTrlHasForTheLengthOfAnswersLeadsToOurs() {
    assertThat(run("online_dpo", "--reward_funcs=brevity_reward", "--max_new_tokens=8"))
        .isEqualTo(ExitCode.USAGE);
    assertThat(console.err()).contains("max_new_tokens: is max_completion_length here");
  }
}
