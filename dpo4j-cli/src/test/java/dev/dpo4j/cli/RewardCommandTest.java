/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.api.Model;
import dev.dpo4j.api.PreferenceData;
import dev.dpo4j.api.RewardConfig;
import dev.dpo4j.api.RewardTrainer;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.demo.TinyModel;
import dev.dpo4j.io.Folders;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.weights.BaseForm;
import dev.dpo4j.model.weights.SavedModule;
import dev.dpo4j.nn.Parameter;
import dev.dpo4j.tokenizer.TextChanges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The command reward: what it writes, what it goes on from, and what it refuses. */
class RewardCommandTest {
  private static final String SCORE = "score.weight";

  private final Path folder;
  private final Path model;
  private final Path pairs;
  private CapturedConsole console = new CapturedConsole();

  RewardCommandTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    this.model = TinyModel.write(folder);
    String[] prompts = {"a lantern", "a window", "窗边", "灯笼", "the house", "a street", "夜里", "雨"};
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < prompts.length; i++) {
      rows.append(
          "{\"prompt\": \"%s\", \"chosen\": \" in the window%s\", \"rejected\": \" somewhere%s\"}%n"
              .formatted(prompts[i], " again".repeat(i % 3), " else".repeat((i + 1) % 4)));
    }
    this.pairs = Files.writeString(folder.resolve("pairs.jsonl"), rows);
  }

  private int run(String... arguments) {
    console = new CapturedConsole();
    return new Cli(console.console(), new Interruption()).execute(arguments);
  }

  private int reward(Path start, Path data, Path output, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "reward",
                "--model_name_or_path=" + start,
                "--dataset_name=" + data,
                "--output_dir=" + output,
                "--learning_rate=1e-2",
                "--num_train_epochs=4",
                "--per_device_train_batch_size=4",
                "--logging_steps=1"));
    arguments.addAll(List.of(more));
    return run(arguments.toArray(String[]::new));
  }

  private Path train(String name, String... more) {
    Path output = folder.resolve(name);
    assertThat(reward(model, pairs, output, more)).as(console.err()).isZero();
    return output;
  }

  private static JsonNode json(Path file) throws IOException {
    return JsonMapper.shared().readTree(Files.readString(file));
  }

  private static List<JsonNode> metrics(Path output) throws IOException {
    return Files.readAllLines(output.resolve("metrics.jsonl")).stream()
        .map(JsonMapper.shared()::readTree)
        .toList();
  }

  @Test
  void aLanguageModelBecomesAFolderOfAClassifierWithOneLabel() throws IOException {
    Path output = train("plain", "--save_strategy=no");
    JsonNode config = json(output.resolve("config.json"));
    assertThat(config.path("architectures").path(0).asString())
        .endsWith("ForSequenceClassification");
    assertThat(config.path("id2label")).hasSize(1);
    assertThat(config.path("pad_token_id").isInt()).isTrue();
    assertThat(output.resolve("generation_config.json")).doesNotExist();
    assertThat(output.resolve("README.md"))
        .content()
        .contains("text-classification", "AutoModelForSequenceClassification", "num_labels=1");
    try (LanguageModel loaded = LanguageModel.loadReward(output)) {
      List<String> names = loaded.parameters().parameters().stream().map(Parameter::name).toList();
      assertThat(names).contains(SCORE).doesNotContain("lm_head.weight");
      assertThat(loaded.parameters().value(SCORE).shape())
          .containsExactly(1, loaded.config().hiddenSize());
    }
  }

  @Test
  void rewardsPartAndTheLogHasTheMetricsOfTrl() throws IOException {
    Path output =
        train("metrics", "--save_strategy=no", "--eval_dataset=" + pairs, "--eval_strategy=epoch");
    List<JsonNode> lines = metrics(output);
    assertThat(lines.get(0).propertyNames())
        .contains(
            "loss", "min_reward", "mean_reward", "max_reward", "accuracy", "margin", "num_tokens");
    JsonNode last = lines.get(lines.size() - 1);
    assertThat(last.path("eval_accuracy").asDouble()).isEqualTo(1);
    assertThat(last.path("eval_margin").asDouble()).isPositive();
    assertThat(console.out()).contains("accuracy", "margin");
  }

  @Test
  void itsConfigRunsAgainAndACheckpointGoesOnToTheSameBytes() throws IOException {
    Path whole = train("whole", "--save_steps=3", "--center_rewards_coefficient=0.01");
    Path again = folder.resolve("again");
    String config = whole.resolve("config.yaml").toString();
    assertThat(run("reward", "--config", config, "--output_dir", again.toString()))
        .as(console.err())
        .isZero();
    Path later = Files.createDirectories(folder.resolve("later"));
    copy(whole.resolve("checkpoint-3"), later.resolve("checkpoint-3"));
    String[] resumed = {"--resume_from_checkpoint", "auto", "--output_dir", later.toString()};
    assertThat(run("reward", "--config", config, resumed[0], resumed[1], resumed[2], resumed[3]))
        .as(console.err())
        .isZero();
    for (Path other : List.of(again, later)) {
      assertThat(other.resolve("model.safetensors"))
          .hasSameBinaryContentAs(whole.resolve("model.safetensors"));
      assertThat(metrics(other).get(5).path("loss")).isEqualTo(metrics(whole).get(5).path("loss"));
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
  void aRewardModelIsTrainedOnAndKeepsItsScore() throws IOException {
    Path first = train("first", "--save_strategy=no");
    Path second = folder.resolve("second");
    String[] still = {"--save_strategy=no", "--warmup_steps=1000"};
    assertThat(reward(first, pairs, second, still)).as(console.err()).isZero();
    double before = metrics(first).get(7).path("loss").asDouble();
    assertThat(metrics(second).get(0).path("loss").asDouble()).isLessThan(before * 1.5);
    assertThat(json(second.resolve("config.json"))).isEqualTo(json(first.resolve("config.json")));
  }

  @Test
  void anAdapterTrainsTheScoreAsAWholeAndMergesIntoARewardModel() throws IOException {
    Path adapter = train("adapter", "--save_strategy=no", "--use_peft", "--lora_r=2");
    JsonNode config = json(adapter.resolve("adapter_config.json"));
    assertThat(config.path("task_type").asString()).isEqualTo("SEQ_CLS");
    assertThat(config.path("modules_to_save").valueStream().map(JsonNode::asString))
        .containsExactly("classifier", "score");
    try (LanguageModel loaded = LanguageModel.loadReward(adapter)) {
      assertThat(loaded.trained().has(SavedModule.SCORE.adapter())).isTrue();
    }
    Path merged = folder.resolve("merged");
    String[] merge = {"merge", "--model_name_or_path=" + adapter, "--output_dir=" + merged};
    assertThat(run(merge)).as(console.err()).isZero();
    try (LanguageModel loaded = LanguageModel.loadReward(merged);
        LanguageModel before = LanguageModel.loadReward(adapter)) {
      // Merging adds the difference to the base's score, which rounds in the last digit.
      assertThat(loaded.parameters().value(SCORE).toFloats())
          .containsExactly(
              before.trained().value(SavedModule.SCORE.adapter()).toFloats(), within(1e-6f));
    }
    assertThat(run("generate", "--model_name_or_path=" + adapter, "--prompt=a"))
        .isEqualTo(ExitCode.MODEL.code());
    assertThat(console.err()).contains("score");
  }

  private LanguageModel load(long seed) {
    return LanguageModel.loadForRewards(model, BaseForm.FLOAT32, seed, TextChanges.NONE);
  }

  @Test
  void theFirstScoreOfALanguageModelFollowsTheSeed() {
    try (LanguageModel one = load(1);
        LanguageModel same = load(1);
        LanguageModel other = load(2)) {
      float[] score = one.parameters().value(SCORE).toFloats();
      assertThat(same.parameters().value(SCORE).toFloats()).containsExactly(score);
      assertThat(other.parameters().value(SCORE).toFloats()).isNotEqualTo(score);
    }
  }

  @Test
  void rowsLongerThanMaxLengthAndRowsWithAnEmptyAnswerAreDroppedAndCounted() throws IOException {
    String more =
        Files.readString(pairs)
            + "{\"prompt\": \"a\", \"chosen\": \"\", \"rejected\": \" b\"}\n"
            + "{\"prompt\": \"a\", \"chosen\": \"%s\", \"rejected\": \" b\"}%n"
                .formatted(" in the window".repeat(50));
    Path data = Files.writeString(folder.resolve("more.jsonl"), more);
    assertThat(reward(model, data, folder.resolve("long"), "--max_length=60"))
        .as(console.err())
        .isZero();
    assertThat(console.err()).contains("longer than max_length", "empty answer", "8 pairs");
  }

  @Test
  void columnsThatRewardDoesNotReadAreRefused() throws IOException {
    String row = "{\"prompt\": \"a\", \"chosen\": \" b\", \"rejected\": \" c\", \"weight\": 2}\n";
    Path data = Files.writeString(folder.resolve("weighted.jsonl"), row);
    assertThat(reward(model, data, folder.resolve("none"))).isEqualTo(ExitCode.DATA.code());
    assertThat(console.err()).contains("The column weight has no effect in reward");
  }

  @Test
  void aRewardModelGeneratesNothingAndAClassifierOfTwoLabelsIsNone() throws IOException {
    Path output = train("one", "--save_strategy=no");
    assertThat(run("generate", "--model_name_or_path=" + output, "--prompt=a"))
        .isEqualTo(ExitCode.MODEL.code());
    assertThat(console.err()).contains("reward model", "dpo4j score");
    Path config = output.resolve("config.json");
    String two =
        Files.readString(config)
            .replace("{\"0\": \"LABEL_0\"}", "{\"0\": \"bad\", \"1\": \"good\"}");
    Files.writeString(config, two);
    assertThat(reward(output, pairs, folder.resolve("two"))).isEqualTo(ExitCode.MODEL.code());
    assertThat(console.err()).contains("id2label", "2 labels", "1 label");
  }

  @Test
  void scoreWritesRowsWithTheirScoresWhichCanBeReadAsDataAgain() throws IOException {
    Path output = train("scorer", "--save_strategy=no");
    assertThat(console.out()).contains("score --model_name_or_path");
    Path scored = folder.resolve("scored.jsonl");
    String of = "--model_name_or_path=" + output;
    assertThat(run("score", of, "--dataset_name=" + pairs, "--output=" + scored))
        .as(console.err())
        .isZero();
    assertThat(console.err()).contains("8 rows scored", "the chosen answer scores higher in 8");
    List<String> lines = Files.readAllLines(scored);
    assertThat(lines).hasSize(8);
    for (String line : lines) {
      JsonNode row = JsonMapper.shared().readTree(line);
      assertThat(row.path("score_chosen").asDouble())
          .isGreaterThan(row.path("score_rejected").asDouble());
    }
    assertThat(reward(model, scored, folder.resolve("again"), "--save_strategy=no"))
        .as(console.err())
        .isZero();
    String answers =
        "{\"prompt\": \"a lantern\", \"completion\": \" in the window\"}\n"
            + "{\"prompt\": \"a lantern\", \"completion\": \"\"}\n";
    Path single = Files.writeString(folder.resolve("answers.jsonl"), answers);
    assertThat(run("score", of, "--dataset_name=" + single, "--rows=answers"))
        .as(console.err())
        .isZero();
    double one = JsonMapper.shared().readTree(console.out()).path("score").asDouble();
    JsonNode first = JsonMapper.shared().readTree(lines.get(0));
    assertThat(one).isCloseTo(first.path("score_chosen").asDouble(), within(1e-5));
    assertThat(console.err()).contains("1 rows scored", "1 with an empty answer");
    String[] causal = {"score", "--model_name_or_path=" + model, "--dataset_name=" + pairs};
    assertThat(run(causal)).isEqualTo(ExitCode.MODEL.code());
    assertThat(console.err()).contains("a language model, expected a reward model");
  }

  @Test
  void aDryRunForetellsTheRunAndWritesNothing() {
    Path output = folder.resolve("dry");
    assertThat(reward(model, pairs, output, "--dry_run=true")).as(console.err()).isZero();
    assertThat(console.err()).contains("reward", "8 pairs", "memory");
    assertThat(console.out()).contains("center_rewards_coefficient");
    assertThat(output).doesNotExist();
  }

  @Test
  void aFileOfLlamaFactoryForStageRmRuns() throws IOException {
    Path recipe =
        Files.writeString(
            folder.resolve("rm.yaml"),
            """
            stage: rm
            finetuning_type: full
            cutoff_len: 64
            num_train_epochs: 1
            learning_rate: 1.0e-3
            """);
    Path output = folder.resolve("rm");
    String[] flags = {
      "reward",
      "--config=" + recipe,
      "--model_name_or_path=" + model,
      "--dataset_name=" + pairs,
      "--output_dir=" + output
    };
    assertThat(run(flags)).as(console.err()).isZero();
    assertThat(output.resolve("config.yaml")).content().contains("max_length: 64");
    assertThat(run("config", recipe.toString())).isZero();
    assertThat(console.out()).contains("for dpo4j reward");
  }

  @Test
  void theTrainerOfTheLibraryWritesWhatTheCommandWrites() throws IOException {
    Path command =
        train("command", "--save_strategy=no", "--center_rewards_coefficient=0.05", "--seed=7");
    Path output = folder.resolve("library");
    RewardConfig config =
        RewardConfig.builder()
            .outputDir(output)
            .learningRate(1e-2)
            .numTrainEpochs(4)
            .perDeviceTrainBatchSize(4)
            .centerRewardsCoefficient(0.05)
            .seed(7)
            .build();
    try (Model start = Model.loadForRewards(model, config)) {
      RewardTrainer.builder()
          .model(start)
          .config(config)
          .trainDataset(PreferenceData.read(pairs))
          .build()
          .train();
    }
    assertThat(output.resolve("model.safetensors"))
        .hasSameBinaryContentAs(command.resolve("model.safetensors"));
    Folders.delete(output);
  }
}
