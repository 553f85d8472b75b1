/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.api.Model;
import dev.dpo4j.api.rl.GrpoConfig;
import dev.dpo4j.api.rl.GrpoTrainer;
import dev.dpo4j.api.rl.OnlineDpoConfig;
import dev.dpo4j.api.rl.OnlineDpoTrainer;
import dev.dpo4j.cli.demo.TinyModel;
import dev.dpo4j.data.prompt.PromptRows;
import dev.dpo4j.train.loop.RewardException;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.rollout.Completion;
import dev.dpo4j.train.rollout.RewardFunction;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Trainers of models that learn from their own answers, as a program uses them. */
class RolloutTrainersTest {
  private static final PromptRows PROMPTS =
      PromptRows.ofRows(List.of(Map.of("prompt", "a lantern"), Map.of("prompt", "a window")));

  @TempDir Path folder;

  @Test
  void aRuleAndGivenAnswersAreEnoughForGrpo() throws IOException {
    Path base = TinyModel.write(folder.resolve("base"));
    GrpoConfig config =
        GrpoConfig.of(
            """
            output_dir: %s
            max_steps: 2
            per_device_train_batch_size: 4
            num_generations: 4
            save_strategy: "no"
            """
                .formatted(folder.resolve("grpo")));
    try (Model model = Model.load(base)) {
      int[] next = {0};
      assertThat(
              GrpoTrainer.builder()
                  .model(model)
                  .config(config)
                  .trainDataset(PROMPTS)
                  .reward((prompt, answer, row) -> answer.length())
                  .rollouts(
                      requests ->
                          requests.stream()
                              .map(request -> new Completion(new int[] {5 + next[0]++ % 7}, true))
                              .toList())
                  .build()
                  .train()
                  .steps())
          .isEqualTo(2);
      assertThat(next[0]).isEqualTo(8);
    }
  }

  @Test
  void answersWithoutTokensAreJudgedByGrpoAndCounted() throws IOException {
    GrpoConfig config =
        GrpoConfig.of(
            "output_dir: %s\nmax_steps: 1\nper_device_train_batch_size: 2\nnum_generations: 2\nsave_strategy: \"no\""
                .formatted(folder.resolve("grpo")));
    List<String> warnings = new ArrayList<>();
    int[] next = {0};
    try (Model model = Model.load(TinyModel.write(folder.resolve("base")))) {
      GrpoTrainer.builder()
          .model(model)
          .config(config)
          .trainDataset(PROMPTS)
          .reward((prompt, answer, row) -> answer.length())
          .rollouts(
              requests ->
                  requests.stream()
                      .map(
                          request ->
                              new Completion(next[0]++ == 0 ? new int[0] : new int[] {5}, true))
                      .toList())
          .listener(warningsInto(warnings))
          .build()
          .train();
    }
    assertThat(warnings)
        .contains(
            "empty_answers: 1 of 2 answers of a rollout have no token: they are judged, but there"
                + " is nothing to learn from them",
            "empty_answers: 1 answers in all have no token");
  }

  private static TrainListener warningsInto(List<String> warnings) {
    return new TrainListener() {
      @Override
      public void onWarning(String name, String message) {
        warnings.add(name + ": " + message);
      }
    };
  }

  /** Trains by online DPO on answers that take turns, and returns what the run warned of. */
  private List<String> online(RewardFunction reward, int[]... answers) throws IOException {
    OnlineDpoConfig config =
        OnlineDpoConfig.of(
            "output_dir: %s\nmax_steps: 2\nper_device_train_batch_size: 2\nsave_strategy: \"no\""
                .formatted(folder.resolve("online")));
    List<String> warnings = new ArrayList<>();
    int[] next = {0};
    try (Model model = Model.load(TinyModel.write(folder.resolve("base")))) {
      OnlineDpoTrainer.builder()
          .model(model)
          .config(config)
          .trainDataset(PROMPTS)
          .reward(reward)
          .rollouts(
              requests ->
                  requests.stream()
                      .map(request -> new Completion(answers[next[0]++ % answers.length], true))
                      .toList())
          .listener(warningsInto(warnings))
          .build()
          .train();
    }
    return warnings;
  }

  @Test
  void onlineDpoMakesNoPairOfEmptyAnswersAndCountsThem() throws IOException {
    assertThat(online((prompt, answer, row) -> answer.length(), new int[0], new int[] {5, 6}))
        .contains(
            "empty_answers: 2 of 4 answers of a rollout have no token and make no pair",
            "equal_rewards: 4 of 4 prompts gave no pair, because their answers were worth the same"
                + " or fewer than two of them counted",
            "empty_answers: 4 answers in all have no token");
  }

  @Test
  void onlineDpoMakesNoPairOfAnswersWithoutARewardAndCountsThem() throws IOException {
    int[] calls = {0};
    assertThat(
            online(
                (prompt, answer, row) -> calls[0]++ % 2 == 0 ? Double.NaN : 1,
                new int[] {5, 6},
                new int[] {7}))
        .anySatisfy(text -> assertThat(text).startsWith("no_reward: 2 answers of a rollout"))
        .contains("no_reward: 4 answers in all got no reward");
  }

  @Test
  void aRewardClassThatLacksAnotherClassIsNamedWithTheRow() {
    assertThatThrownBy(
            () ->
                online(
                    (prompt, answer, row) -> {
                      throw new NoClassDefFoundError("org/example/Parser");
                    },
                    new int[] {5}))
        .isInstanceOf(RewardException.class)
        .hasMessageContaining("org/example/Parser")
        .hasMessageContaining("row");
    assertThat(folder.resolve("online/model.safetensors")).exists();
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
  void anInfiniteRewardEndsTheRun(double reward) {
    assertThatThrownBy(() -> online((prompt, answer, row) -> reward, new int[] {5}))
        .isInstanceOf(RewardException.class)
        .hasMessageContaining("expected a finite number");
  }

  @Test
  void onlineDpoSamplesByItselfAndAsksForAReward() throws IOException {
    Path base = TinyModel.write(folder.resolve("base"));
    OnlineDpoConfig config =
        OnlineDpoConfig.of(
            """
            output_dir: %s
            max_steps: 2
            max_completion_length: 6
            per_device_train_batch_size: 2
            save_strategy: "no"
            """
                .formatted(folder.resolve("online")));
    try (Model model = Model.load(base)) {
      OnlineDpoTrainer.Builder builder =
          OnlineDpoTrainer.builder().model(model).config(config).trainDataset(PROMPTS);
      assertThatThrownBy(builder::build).hasMessageContaining("needs a reward");
      assertThat(
              builder
                  .reward("short", 1, (prompt, answer, row) -> -answer.length())
                  .build()
                  .train()
                  .steps())
          .isEqualTo(2);
    }
  }
}
