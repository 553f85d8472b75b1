/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.api.Model;
import dev.dpo4j.api.rl.PpoConfig;
import dev.dpo4j.api.rl.PpoTrainer;
import dev.dpo4j.cli.demo.TinyModel;
import dev.dpo4j.data.prompt.PromptRows;
import dev.dpo4j.train.loop.RewardException;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.options.SaveStrategy;
import dev.dpo4j.train.rollout.Completion;
import dev.dpo4j.train.rollout.RewardFunction;
import dev.dpo4j.train.rollout.RolloutSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PPO from Java: rewards as functions, given answers, and what goes wrong with them. */
class PpoTrainerTest {
  @TempDir private static Path models;
  private static Path start;

  @TempDir private Path folder;
  private final Model model = Model.load(start);
  private final Model critic = Model.loadForRewards(start);
  private final List<String> warnings = new ArrayList<>();

  @BeforeAll
  static void writeModel() throws IOException {
    start = TinyModel.write(models);
  }

  @AfterEach
  void close() {
    critic.close();
    model.close();
  }

  private TrainResult train(RewardFunction reward, @Nullable RolloutSource rollouts) {
    PpoConfig config =
        PpoConfig.builder()
            .outputDir(folder.resolve("run"))
            .saveStrategy(SaveStrategy.NO)
            .maxSteps(2)
            .perDeviceTrainBatchSize(4)
            .numPpoEpochs(1)
            .responseLength(3)
            .loggingSteps(1)
            .build();
    PpoTrainer.Builder builder =
        PpoTrainer.builder()
            .model(model)
            .valueModel(critic)
            .config(config)
            .trainDataset(
                PromptRows.ofRows(
                    List.of(
                        Map.of("prompt", "a lantern"),
                        Map.of("prompt", "a window"),
                        Map.of("prompt", "the house"),
                        Map.of("prompt", "a street"))))
            .reward(reward)
            .listener(
                new TrainListener() {
                  @Override
                  public void onWarning(String name, String message) {
                    warnings.add(name + ": " + message);
                  }
                });
    if (rollouts != null) {
      builder.rollouts(rollouts);
    }
    return builder.build().train();
  }

  private static RolloutSource answers(int[]... ids) {
    return requests -> {
      List<Completion> answers = new ArrayList<>();
      for (int i = 0; i < requests.size(); i++) {
        answers.add(new Completion(ids[i % ids.length], true));
      }
      return answers;
    };
  }

  private Path written() {
    return folder.resolve("run/model.safetensors");
  }

  @Test
  void aRuleInJavaJudgesTheAnswers() {
    TrainResult result = train((prompt, answer, row) -> answer.length(), null);
    assertThat(result.steps()).isEqualTo(2);
    assertThat(result.log().get(0).metrics()).containsKey("objective/scores");
    assertThat(written()).exists();
    assertThat(result.totalFlos()).isPositive();
  }

  @Test
  void rewardsThatAreAllEqualAreSaid() {
    train((prompt, answer, row) -> 1, null);
    assertThat(warnings).anySatisfy(text -> assertThat(text).contains("rewards of step 1 are 1.0"));
  }

  @Test
  void aRewardThatIsNoNumberEndsTheRunAndTheModelIsSaved() throws IOException {
    assertThatThrownBy(() -> train((prompt, answer, row) -> Double.NaN, null))
        .isInstanceOf(RewardException.class)
        .hasMessageContaining("NaN")
        .hasMessageContaining("step 1");
    assertThat(PpoCommandTest.weights(folder.resolve("run")))
        .isEqualTo(PpoCommandTest.weights(start));
  }

  @Test
  void aRewardFunctionThatThrowsIsNamedWithTheRow() {
    assertThatThrownBy(
            () ->
                train(
                    (prompt, answer, row) -> {
                      throw new IllegalStateException("no judge today");
                    },
                    null))
        .isInstanceOf(RewardException.class)
        .hasMessageContaining("no judge today")
        .hasMessageContaining("row");
    assertThat(written()).exists();
  }

  @Test
  void answersWithoutTokensAreLeftOutAndCounted() {
    TrainResult result =
        train((prompt, answer, row) -> prompt.length(), answers(new int[0], new int[] {5, 6}));
    assertThat(result.log().get(0).metrics()).containsEntry("val/empty_answers", 2.0);
  }

  @Test
  void aRolloutOfEmptyAnswersAloneEndsTheRun() {
    assertThatThrownBy(() -> train((prompt, answer, row) -> 1, answers(new int[0])))
        .isInstanceOf(RewardException.class)
        .hasMessageContaining("have no tokens");
  }

  @Test
  void aTrainerWithoutRewardOrValueModelIsRefused() {
    PpoConfig config = PpoConfig.builder().outputDir(folder.resolve("none")).build();
    PromptRows rows = PromptRows.ofRows(List.of(Map.of("prompt", "a lantern")));
    assertThatThrownBy(
            () ->
                PpoTrainer.builder()
                    .model(model)
                    .valueModel(critic)
                    .config(config)
                    .trainDataset(rows)
                    .build())
        .hasMessageContaining("needs a reward");
    assertThatThrownBy(
            () ->
                PpoTrainer.builder()
                    .model(model)
                    .reward((prompt, answer, row) -> 1)
                    .config(config)
                    .trainDataset(rows)
                    .build())
        .hasMessageContaining("needs valueModel");
    assertThat(Files.exists(folder.resolve("none"))).isFalse();
  }
}
