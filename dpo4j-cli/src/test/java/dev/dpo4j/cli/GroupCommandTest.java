/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.cli.FakeEndpoint.Response;
import dev.dpo4j.cli.command.ExitCode;
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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The commands grpo and rloo: what they learn, what they go on from, and what they refuse. */
class GroupCommandTest {
  private final Path folder;
  private final Path model;
  private final Path prompts;
  private CapturedConsole console = new CapturedConsole();

  GroupCommandTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    this.model = TinyModel.write(folder);
    StringBuilder rows = new StringBuilder();
    for (String prompt : List.of("a lantern", "a window", "窗边", "灯笼", "the house", "rain")) {
      rows.append(
          "{\"prompt\": \"%s\", \"solution\": \"%d\"}%n".formatted(prompt, prompt.length()));
    }
    this.prompts = Files.writeString(folder.resolve("prompts.jsonl"), rows);
  }

  @BeforeEach
  void forgetCalls() {
    Broken.CALLS.set(0);
  }

  private int run(String... arguments) {
    console = new CapturedConsole();
    return new Cli(console.console(), new Interruption()).execute(arguments);
  }

  private int command(String method, Path output, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                method,
                "--model_name_or_path=" + model,
                "--dataset_name=" + prompts,
                "--output_dir=" + output,
                "--learning_rate=1e-3",
                "--max_steps=4",
                "--per_device_train_batch_size=4",
                "--num_generations=4",
                "--max_completion_length=8",
                "--logging_steps=1"));
    for (String flag : more) {
      String key = flag.substring(0, flag.indexOf('='));
      arguments.removeIf(given -> given.startsWith(key + "="));
      arguments.add(flag);
    }
    return run(arguments.toArray(String[]::new));
  }

  private Path train(String method, String name, String... more) {
    Path output = folder.resolve(name);
    assertThat(command(method, output, more)).as(console.err()).isZero();
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

  /** Has no opinion on some answers. */
  public static final class Undecided implements RewardFunction {
    @Override
    public double score(String prompt, String completion, Map<String, ?> row) {
      return completion.hashCode() % 3 == 0 ? Double.NaN : completion.hashCode() % 5;
    }
  }

  /** Fails after some answers. */
  public static final class Broken implements RewardFunction {
    static final AtomicInteger CALLS = new AtomicInteger();

    @Override
    public double score(String prompt, String completion, Map<String, ?> row) {
      if (CALLS.incrementAndGet() > 6) {
        throw new IllegalStateException("no solution in " + row.keySet());
      }
      return CALLS.get();
    }
  }

  private static String rule(Class<?> type) {
    return "--reward_funcs=" + type.getName();
  }

  @ParameterizedTest
  @ValueSource(strings = {"grpo", "rloo"})
  void theRewardRisesThatARuleGives(String method) throws IOException {
    Path output =
        train(
            method,
            method,
            rule(Monotone.class),
            "--max_steps=25",
            "--beta=0",
            "--per_device_train_batch_size=16",
            "--num_generations=8",
            "--learning_rate=1e-2",
            "--save_strategy=no");
    List<JsonNode> lines = metrics(output);
    double first = mean(lines.subList(0, 5));
    double last = mean(lines.subList(20, 25));
    assertThat(last).isGreaterThan(first + 1);
    assertThat(lines.get(0).propertyNames())
        .contains("rewards/GroupCommandTest$Monotone/mean", "entropy", "clip_ratio/region_mean");
    assertThat(console.err()).contains("rollouts: sampling took");
  }

  private static double mean(List<JsonNode> lines) {
    return lines.stream().mapToDouble(line -> line.path("reward").asDouble()).average().orElse(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"grpo", "rloo"})
  void aRunThatGoesOnInTheMiddleOfARolloutEndsWithTheSameBytes(String method) throws IOException {
    String[] flags = {
      rule(Monotone.class),
      "--num_iterations=3",
      "--gradient_accumulation_steps=1",
      "--steps_per_generation=2",
      "--max_steps=8",
      "--beta=0.1",
      "--save_steps=2",
      "--temperature=0.9"
    };
    Path unbroken = train(method, "unbroken", flags);
    for (int step : new int[] {2, 4, 6}) {
      Path broken = folder.resolve("broken" + step);
      copy(unbroken, broken);
      Files.delete(broken.resolve("model.safetensors"));
      for (int later = step + 2; later <= 8; later += 2) {
        Folders.delete(broken.resolve("checkpoint-" + later));
      }
      String[] again = new String[flags.length + 1];
      System.arraycopy(flags, 0, again, 0, flags.length);
      again[flags.length] = "--resume_from_checkpoint=true";
      train(method, "broken" + step, again);
      assertThat(broken.resolve("model.safetensors"))
          .hasSameBinaryContentAs(unbroken.resolve("model.safetensors"));
      assertThat(broken.resolve("metrics.jsonl"))
          .hasSameBinaryContentAs(unbroken.resolve("metrics.jsonl"));
      assertThat(total(broken)).isEqualTo(total(unbroken));
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  private static double total(Path output) throws IOException {
    String state = Files.readString(output.resolve("trainer_state.json"));
    return JsonMapper.shared().readTree(state).path("total_flos").asDouble();
  }

  @Test
  void groupsOfEqualRewardsAreSkippedCountedAndSaid() throws IOException {
    Path before = model.resolve("model.safetensors");
    Path output =
        train("grpo", "equal", "--reward_funcs=think_format_reward", "--save_strategy=no");
    assertThat(metrics(output).get(0).path("frac_reward_zero_std").asDouble()).isEqualTo(1);
    assertThat(console.err())
        .contains("all answers of a rollout got equal rewards")
        .contains("4 of 4 groups had equal rewards and were skipped");
    assertThat(output.resolve("model.safetensors")).exists();
    assertThat(before).exists();
  }

  @Test
  void answersWithoutARewardAreLeftOutAndCounted() throws IOException {
    Path output = train("grpo", "nan", rule(Undecided.class), "--save_strategy=no");
    assertThat(metrics(output)).hasSize(4);
    assertThat(console.err()).contains("got no reward");
  }

  @Test
  void aRuleThatFailsEndsTheRunWithItsNameTheRowAndTheModelSaved() {
    Path output = folder.resolve("failed");
    int code = command("grpo", output, rule(Broken.class), "--save_strategy=no");
    assertThat(code).isEqualTo(ExitCode.FAILURE.code());
    assertThat(console.err())
        .contains("GroupCommandTest$Broken failed on an answer to", "prompts.jsonl")
        .contains("no solution in [solution]")
        .doesNotContain("hint: DPO4J_LOG_LEVEL");
    assertThat(output.resolve("model.safetensors")).exists();
  }

  @Test
  void severalRewardsCountByTheirWeights() throws IOException {
    Path output =
        train(
            "grpo",
            "weighted",
            "--reward_funcs=brevity_reward," + Monotone.class.getName(),
            "--reward_weights=2,0.5",
            "--save_strategy=no");
    JsonNode line = metrics(output).get(0);
    double brevity = line.path("rewards/brevity_reward/mean").asDouble();
    double monotone = line.path("rewards/GroupCommandTest$Monotone/mean").asDouble();
    // Metrics are means over the same answers; what differs is rounding.
    assertThat(line.path("reward").asDouble())
        .isCloseTo(2 * brevity + 0.5 * monotone, within(1e-9));
  }

  @Test
  void aRewardModelOfAnotherVocabularyReadsTheAnswersAsTexts() throws IOException {
    Path judge = folder.resolve("judge");
    Path other = TinyModel.write(folder.resolve("other"), 2);
    Path pairs =
        Files.writeString(
            folder.resolve("pairs.jsonl"),
            "{\"prompt\": \"a\", \"chosen\": \" lantern\", \"rejected\": \" no\"}\n".repeat(4));
    assertThat(
            run(
                "reward",
                "--model_name_or_path=" + other,
                "--dataset_name=" + pairs,
                "--output_dir=" + judge,
                "--max_steps=1",
                "--save_strategy=no"))
        .as(console.err())
        .isZero();
    Path output =
        train("grpo", "judged", "--reward_model_name_or_path=" + judge, "--save_strategy=no");
    assertThat(metrics(output).get(0).path("rewards/judge/std").asDouble()).isPositive();
  }

  @Test
  void anEndpointThatDiesInMidRolloutIsWaitedForAndNothingIsPaidTwice() throws IOException {
    try (FakeEndpoint endpoint =
        new FakeEndpoint(
            request ->
                request.number() == 3 || request.number() == 4
                    ? null
                    : Response.says(
                        "{\"reason\": \"so\", \"score\": %d}"
                            .formatted(request.user().length() % 7)))) {
      String[] flags = {
        "--reward_base_url=" + endpoint.url(),
        "--reward_judge_model=judge",
        "--reward_concurrency=2",
        "--save_strategy=no",
        "--max_steps=2"
      };
      Path output = train("grpo", "endpoint", flags);
      List<String> lines = Files.readAllLines(output.resolve("rewards.replies.jsonl"));
      List<String> keys =
          lines.stream()
              .map(line -> JsonMapper.shared().readTree(line).path("key").asString())
              .toList();
      assertThat(keys).isNotEmpty().doesNotHaveDuplicates();
      int paid = lines.size();
      String[] again = new String[flags.length + 1];
      System.arraycopy(flags, 0, again, 0, flags.length);
      again[flags.length] = "--overwrite_output_dir=true";
      train("grpo", "endpoint", again);
      assertThat(Files.readAllLines(output.resolve("rewards.replies.jsonl"))).hasSize(paid);
    }
  }

  @Test
  void whatCannotBeIsRefusedBeforeAnythingIsSampled() {
    assertThat(command("grpo", folder.resolve("a"))).isEqualTo(ExitCode.USAGE.code());
    assertThat(console.err())
        .contains("reward_model_name_or_path, reward_funcs or reward_base_url");
    assertThat(command("grpo", folder.resolve("b"), "--reward_funcs=nothing"))
        .isEqualTo(ExitCode.USAGE.code());
    assertThat(console.err()).contains("neither a built-in rule", "brevity_reward");
    assertThat(
            command(
                "grpo",
                folder.resolve("c"),
                "--reward_funcs=brevity_reward",
                "--num_generations=3"))
        .isEqualTo(ExitCode.USAGE.code());
    assertThat(console.err()).contains("whole groups");
    assertThat(
            command(
                "grpo",
                folder.resolve("d"),
                "--reward_funcs=brevity_reward",
                "--per_device_train_batch_size=64"))
        .isEqualTo(ExitCode.USAGE.code());
    assertThat(console.err()).contains("needs 16 prompts, but the data have 6");
    assertThat(command("grpo", folder.resolve("e"), "--reward_model_name_or_path=" + model))
        .isEqualTo(ExitCode.MODEL.code());
    assertThat(IntStream.rangeClosed('a', 'e').mapToObj(c -> folder.resolve("" + (char) c)))
        .allSatisfy(path -> assertThat(path.resolve("metrics.jsonl")).doesNotExist());
  }

  @Test
  void answersToHeldOutPromptsAreJudgedToo() throws IOException {
    Path output =
        train(
            "grpo",
            "evaluated",
            rule(Monotone.class),
            "--eval_dataset=" + prompts,
            "--eval_steps=2",
            "--num_generations_eval=2",
            "--save_strategy=no");
    JsonNode evaluation =
        metrics(output).stream().filter(line -> line.has("eval_reward")).findFirst().orElseThrow();
    assertThat(evaluation.propertyNames())
        .contains("eval_loss", "eval_entropy", "eval_completions/mean_length");
  }
}
