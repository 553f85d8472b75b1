/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.demo.TinyModel;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.weights.BaseForm;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tokenizer.TextChanges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The command ppo: what it writes, what it goes on from, and what it refuses. */
class PpoCommandTest {
  @TempDir private static Path models;
  private static Path model;
  private static Path reward;
  private static Path prompts;

  @TempDir private Path folder;
  private CapturedConsole console = new CapturedConsole();

  @BeforeAll
  static void writeModels() throws IOException {
    model = TinyModel.write(models);
    reward = rewardModel(model, models.resolve("reward"));
    StringBuilder rows = new StringBuilder();
    for (String prompt : List.of("a lantern", "a window", "窗边", "灯笼", "the house", "a street")) {
      rows.append("{\"prompt\": \"%s\"}%n".formatted(prompt));
    }
    prompts = Files.writeString(models.resolve("prompts.jsonl"), rows);
  }

  /** A reward model whose head is as it begins. */
  static Path rewardModel(Path start, Path target) throws IOException {
    try (LanguageModel model =
        LanguageModel.loadForRewards(start, BaseForm.FLOAT32, 3, TextChanges.NONE)) {
      model.save(Files.createDirectories(target), DType.FLOAT32);
    }
    return target;
  }

  /** All weights of a model folder. */
  static float[] weights(Path folder) {
    try (LanguageModel model = LanguageModel.load(folder)) {
      return model.parameters().values().toFloats();
    }
  }

  private int run(String... arguments) {
    console = new CapturedConsole();
    return new Cli(console.console(), new Interruption()).execute(arguments);
  }

  private int ppo(Path output, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "ppo",
                "--model_name_or_path=" + model,
                "--dataset_name=" + prompts,
                "--output_dir=" + output,
                "--learning_rate=1e-3",
                "--max_steps=2",
                "--per_device_train_batch_size=2",
                "--gradient_accumulation_steps=2",
                "--num_ppo_epochs=2",
                "--response_length=5",
                "--logging_steps=1"));
    if (Stream.of(more).noneMatch(flag -> flag.startsWith("--reward_model_path"))) {
      arguments.add("--reward_model_path=" + reward);
    }
    arguments.addAll(List.of(more));
    return run(arguments.toArray(String[]::new));
  }

  private Path train(String name, String... more) {
    Path output = folder.resolve(name);
    assertThat(ppo(output, more)).as(console.err()).isZero();
    return output;
  }

  private static List<JsonNode> metrics(Path output) throws IOException {
    return Files.readAllLines(output.resolve("metrics.jsonl")).stream()
        .map(JsonMapper.shared()::readTree)
        .toList();
  }

  @Test
  void theLogHasTheMetricsOfTrl() throws IOException {
    Path output =
        train("plain", "--save_strategy=no", "--eval_dataset=" + prompts, "--eval_steps=2");
    List<JsonNode> lines = metrics(output);
    assertThat(lines.get(0).propertyNames())
        .contains(
            "objective/kl",
            "objective/entropy",
            "objective/non_score_reward",
            "objective/rlhf_reward",
            "objective/scores",
            "policy/approxkl_avg",
            "policy/clipfrac_avg",
            "policy/entropy_avg",
            "loss/policy_avg",
            "loss/value_avg",
            "val/clipfrac_avg",
            "val/ratio",
            "val/ratio_var",
            "val/num_eos_tokens",
            "lr",
            "episode");
    // The policy is the reference until it has learnt; sums of float32 differ in their last bits.
    assertThat(Math.abs(lines.get(0).path("objective/kl").asDouble())).isLessThan(1e-4);
    assertThat(lines.get(1).path("objective/kl").asDouble()).isNotZero();
    assertThat(lines.get(1).path("episode").asDouble()).isEqualTo(6);
    assertThat(lines.get(lines.size() - 1).has("eval_objective/scores")).isTrue();
    assertThat(output.resolve("model.safetensors")).exists();
  }

  @Test
  void theSameRunAndARunThatGoesOnFromACheckpointEndWithTheSameBytes() throws IOException {
    String[] options = {"--save_steps=1", "--kl_target=0.01", "--kl_limit=100"};
    Path whole = train("whole", options);
    Path again = train("again", options);
    Path later = Files.createDirectories(folder.resolve("later"));
    copy(whole.resolve("checkpoint-1"), later.resolve("checkpoint-1"));
    assertThat(ppo(later, concat(options, "--resume_from_checkpoint=auto")))
        .as(console.err())
        .isZero();
    for (Path other : List.of(again, later)) {
      for (String file : List.of("model.safetensors", "metrics.jsonl")) {
        assertThat(other.resolve(file)).hasSameBinaryContentAs(whole.resolve(file));
      }
      assertThat(other.resolve("checkpoint-2/value_model/model.safetensors"))
          .hasSameBinaryContentAs(whole.resolve("checkpoint-2/value_model/model.safetensors"));
      assertThat(other.resolve("checkpoint-2/ppo_state.json"))
          .hasSameBinaryContentAs(whole.resolve("checkpoint-2/ppo_state.json"));
    }
  }

  private static String[] concat(String[] first, String last) {
    return Stream.concat(Stream.of(first), Stream.of(last)).toArray(String[]::new);
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  @Test
  void anAdapterIsTrainedAgainstTheModelBelowIt() throws IOException {
    Path output = train("lora", "--save_strategy=no", "--use_peft=true");
    assertThat(output.resolve("adapter_model.safetensors")).exists();
    assertThat(metrics(output).get(1).path("objective/kl").asDouble()).isNotZero();
    assertThat(console.err()).contains("the policy with its adapter as it was");
  }

  @Test
  void totalEpisodesSayHowLongARunIs() throws IOException {
    Path output = folder.resolve("episodes");
    assertThat(
            run(
                "ppo",
                "--model_name_or_path=" + model,
                "--reward_model_path=" + reward,
                "--dataset_name=" + prompts,
                "--output_dir=" + output,
                "--total_episodes=10",
                "--per_device_train_batch_size=6",
                "--response_length=2",
                "--num_ppo_epochs=1",
                "--save_strategy=no",
                "--logging_steps=1"))
        .as(console.err())
        .isZero();
    assertThat(metrics(output)).hasSize(2);
  }

  @Test
  void aRewardModelOfAnotherVocabularyJudgesTextsAndTheRunSaysSo() throws IOException {
    Path foreign = TinyModel.write(folder.resolve("foreign"), 2);
    Path other = rewardModel(foreign, folder.resolve("other-reward"));
    Path tokenizer = other.resolve("tokenizer.json");
    Files.writeString(tokenizer, Files.readString(tokenizer).replace("<|im_start|>", "<|turn|>"));
    for (String name : List.of("tokenizer_config.json", "chat_template.jinja")) {
      Path file = other.resolve(name);
      if (Files.exists(file)) {
        Files.writeString(file, Files.readString(file).replace("<|im_start|>", "<|turn|>"));
      }
    }
    Path output = train("texts", "--save_strategy=no", "--reward_model_path=" + other);
    assertThat(console.err()).contains("another vocabulary or chat template than the policy");
    assertThat(metrics(output)).hasSize(2);
    // A value model reads tokens, so that it cannot have another vocabulary.
    assertThat(ppo(folder.resolve("refused"), "--value_model_path=" + other)).isEqualTo(2);
    assertThat(console.err()).contains("value_model_path", "has another vocabulary");
  }

  @Test
  void aMissingOrWrongRewardModelIsRefusedBeforeAnythingIsWritten() {
    Path output = folder.resolve("none");
    assertThat(
            run(
                "ppo",
                "--model_name_or_path=" + model,
                "--dataset_name=" + prompts,
                "--output_dir=" + output))
        .isEqualTo(2);
    assertThat(console.err()).contains("reward_model_name_or_path");
    assertThat(ppo(output, "--reward_model_path=" + model)).isEqualTo(4);
    assertThat(console.err()).contains("a language model, expected a reward model");
    assertThat(output.resolve("model.safetensors")).doesNotExist();
  }

  @Test
  void whatJudgesIsLookedForBeforeTheDataAreRead() throws IOException {
    Path broken =
        Files.writeString(folder.resolve("broken.jsonl"), "{\"prompt\": \"a\"}\n{\"prompt\"\n");
    Path output = folder.resolve("early");
    String data = "--dataset_name=" + broken;
    String own = "--output_dir=" + output;
    String policy = "--model_name_or_path=" + model;
    assertThat(run("ppo", policy, data, own, "--reward_model_path=" + folder.resolve("no")))
        .isEqualTo(4);
    assertThat(console.err()).contains(folder.resolve("no").toString()).doesNotContain("broken");
    assertThat(run("grpo", policy, data, own, "--reward_funcs=no_such_rule")).isEqualTo(2);
    assertThat(console.err()).contains("no_such_rule is neither").doesNotContain("broken");
    assertThat(run("rloo", policy, data, own)).isEqualTo(2);
    assertThat(console.err()).contains("reward_base_url").doesNotContain("broken");
    assertThat(run("ppo", policy, data, own, "--reward_model_path=" + reward)).isEqualTo(3);
    assertThat(console.err()).contains("broken.jsonl, line 2");
  }
}
