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
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code kl_limit} does, whatever learns from its own answers. */
class KlLimitTest {
  @TempDir private static Path folder;
  private static Path model;
  private static Path reward;
  private static Path prompts;

  private final CapturedConsole console = new CapturedConsole();

  @BeforeAll
  static void writeModels() throws IOException {
    model = TinyModel.write(folder);
    reward = PpoCommandTest.rewardModel(model, folder.resolve("reward"));
    prompts =
        Files.writeString(
            folder.resolve("prompts.jsonl"),
            "{\"prompt\": \"a lantern\"}\n{\"prompt\": \"a window\"}\n{\"prompt\": \"rain\"}\n");
  }

  private int train(String method, Path output, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                method,
                "--model_name_or_path=" + model,
                "--reward_model_name_or_path=" + reward,
                "--dataset_name=" + prompts,
                "--output_dir=" + output,
                "--learning_rate=1e-2",
                "--max_steps=3",
                "--per_device_train_batch_size=2",
                "--save_strategy=no",
                method.equals("ppo") ? "--response_length=6" : "--max_completion_length=6"));
    if (!method.equals("ppo")) {
      arguments.add("--num_generations=2");
    }
    arguments.addAll(List.of(more));
    return new Cli(console.console(), new Interruption()).execute(arguments.toArray(String[]::new));
  }

  private static String[] tie(String method) {
    return Stream.of("grpo", "rloo").anyMatch(method::equals)
        ? new String[] {"--kl_limit=1e-6", "--beta=0.1"}
        : new String[] {"--kl_limit=1e-6"};
  }

  @ParameterizedTest
  @ValueSource(strings = {"ppo", "grpo", "rloo", "online_dpo"})
  void beyondTheLimitARunEndsWithTheWeightsOfTheLastRolloutWithinIt(String method) {
    Path output = folder.resolve(method);

    int code = train(method, output, tie(method));

    assertThat(code).as(console.err()).isEqualTo(ExitCode.FAILURE.code());
    assertThat(console.err())
        .contains("above kl_limit 1.0E-6", "of the last rollout within the limit were saved");
    // The first rollout is of the model as it began, the only one within such a limit.
    assertThat(PpoCommandTest.weights(output)).isEqualTo(PpoCommandTest.weights(model));
  }

  @ParameterizedTest
  @ValueSource(strings = {"grpo", "rloo"})
  void withoutAReferenceThereIsNoDivergenceToLimit(String method) {
    Path output = folder.resolve("refused-" + method);

    assertThat(train(method, output, "--kl_limit=1", "--beta=0")).isEqualTo(ExitCode.USAGE.code());

    assertThat(console.err()).contains("kl_limit", "without a KL divergence (beta is 0)");
    assertThat(output).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"simpo", "orpo"})
  void aLossWithoutReferenceHasNoDivergenceToLimit(String loss) {
    Path output = folder.resolve("refused-" + loss);

    assertThat(train("online_dpo", output, "--kl_limit=1", "--loss_type=" + loss))
        .isEqualTo(ExitCode.USAGE.code());

    assertThat(console.err()).contains("kl_limit", "it has no reference");
  }
}
