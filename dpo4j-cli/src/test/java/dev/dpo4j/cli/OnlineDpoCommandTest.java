/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.demo.TinyModel;
import dev.dpo4j.io.Folders;
import dev.dpo4j.train.rollout.RewardFunction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The command online_dpo: what it learns, and what it goes on from. */
class OnlineDpoCommandTest {
  private final Path folder;
  private final Path model;
  private final Path prompts;
  private CapturedConsole console = new CapturedConsole();

  OnlineDpoCommandTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    this.model = TinyModel.write(folder);
    StringBuilder rows = new StringBuilder();
    for (String prompt : List.of("a lantern", "a window", "窗边", "灯笼", "the house", "rain")) {
      rows.append(
          "{\"prompt\": \"%s\", \"solution\": \"%d\"}%n".formatted(prompt, prompt.length()));
    }
    this.prompts = Files.writeString(folder.resolve("prompts.jsonl"), rows);
  }

  private int run(String... arguments) {
    console = new CapturedConsole();
    return new Cli(console.console(), new Interruption()).execute(arguments);
  }

  private int command(Path output, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "online_dpo",
                "--model_name_or_path=" + model,
                "--dataset_name=" + prompts,
                "--output_dir=" + output,
                "--learning_rate=1e-3",
                "--max_steps=4",
                "--per_device_train_batch_size=2",
                "--num_generations=2",
                "--max_completion_length=8",
                "--logging_steps=1"));
    for (String flag : more) {
      String key = flag.substring(0, flag.indexOf('='));
      arguments.removeIf(given -> given.startsWith(key + "="));
      arguments.add(flag);
    }
    return run(arguments.toArray(String[]::new));
  }

  private Path train(String name, String... more) {
    Path output = folder.resolve(name);
    assertThat(command(output, more)).as(console.err()).isZero();
    return output;
  }

  private static List<JsonNode> metrics(Path output) throws IOException {
    return Files.readAllLines(output.resolve("metrics.jsonl")).stream()
        .map(JsonMapper.shared()::readTree)
        .toList();
  }

  /** Rewards answers with few different letters, so that there is something to learn. */
  public static final class Monotone implements RewardFunction {
    @Override
    public double score(String prompt, String completion, Map<String, ?> row) {
      return -completion.codePoints().distinct().count();
    }
  }

  private static String rule(Class<?> type) {
    return "--reward_funcs=" + type.getName();
  }

  @Test
  void theBestAnswersGetMoreProbableByOnlineDpo() throws IOException {
    Path output =
        train(
            "online",
            rule(Monotone.class),
            "--max_steps=25",
            "--num_generations=8",
            "--per_device_train_batch_size=6",
            "--learning_rate=1e-2",
            "--save_strategy=no");
    List<JsonNode> lines = metrics(output);
    assertThat(mean(lines.subList(20, 25))).isGreaterThan(mean(lines.subList(0, 5)) + 1);
    assertThat(lines.get(0).propertyNames())
        .contains("objective/scores_margin", "rewards/accuracies", "pairs/skipped");
    assertThat(console.err()).contains("rollouts: sampling took");
  }

  private static double mean(List<JsonNode> lines) {
    return lines.stream()
        .mapToDouble(line -> line.path("objective/scores").asDouble())
        .average()
        .orElse(0);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aRunThatGoesOnInTheMiddleOfARolloutEndsWithTheSameBytes(boolean peft) throws IOException {
    String weights = peft ? "adapter_model.safetensors" : "model.safetensors";
    String[] flags = {
      rule(Monotone.class),
      "--rollout_steps=3",
      "--num_generations=3",
      "--max_steps=8",
      "--save_steps=2",
      "--use_peft=" + peft
    };
    Path unbroken = train("unbroken", flags);
    for (int step : new int[] {2, 4, 6}) {
      Path broken = folder.resolve("broken" + step);
      copy(unbroken, broken);
      Files.delete(broken.resolve(weights));
      for (int later = step + 2; later <= 8; later += 2) {
        Folders.delete(broken.resolve("checkpoint-" + later));
      }
      String[] again = new String[flags.length + 1];
      System.arraycopy(flags, 0, again, 0, flags.length);
      again[flags.length] = "--resume_from_checkpoint=true";
      train("broken" + step, again);
      assertThat(broken.resolve(weights)).hasSameBinaryContentAs(unbroken.resolve(weights));
      assertThat(broken.resolve("metrics.jsonl"))
          .hasSameBinaryContentAs(unbroken.resolve("metrics.jsonl"));
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  @Test
  void promptsWhoseAnswersAreWorthTheSameMakeNoPairAndAreCounted() throws IOException {
    Path output = train("equal", "--reward_funcs=think_format_reward", "--save_strategy=no");
    assertThat(metrics(output).get(0).path("pairs/skipped").asDouble()).isEqualTo(1);
    assertThat(console.err()).contains("nothing is learnt from it", "8 of 8 prompts gave no pair");
  }

  @Test
  void heldOutPromptsAreAnsweredAndJudged() throws IOException {
    Path output =
        train(
            "evaluated",
            rule(Monotone.class),
            "--eval_dataset=" + prompts,
            "--eval_steps=2",
            "--save_strategy=no");
    assertThat(metrics(output))
        .anySatisfy(
            line ->
                assertThat(line.propertyNames())
                    .contains("eval_loss", "eval_objective/scores", "eval_rewards/margins"));
  }
}
