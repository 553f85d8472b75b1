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
import dev.dpo4j.train.rollout.Completion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
