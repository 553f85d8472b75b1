/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.api.rl.GrpoConfig;
import dev.dpo4j.api.rl.RlooConfig;
import dev.dpo4j.config.value.FlagSource;
import dev.dpo4j.data.prompt.PromptDataset;
import dev.dpo4j.data.prompt.PromptRows;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.grpo.GroupRun;
import dev.dpo4j.train.grpo.GroupRunConfig;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.rollout.Completion;
import dev.dpo4j.train.rollout.RewardSource;
import dev.dpo4j.train.rollout.Rewards;
import dev.dpo4j.train.rollout.RolloutParts;
import dev.dpo4j.train.rollout.RolloutRequest;
import dev.dpo4j.train.rollout.RolloutSource;
import dev.dpo4j.train.rollout.WeightedReward;
import dev.dpo4j.train.run.RunHooks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** GRPO and RLOO over given answers do at every step what TRL's trainers do. */
class GroupParityTest {
  /** The truth's own noise: 5e-4 relative in kl, 2e-5 in everything else. */
  private static final double TOLERANCE = 1e-3;

  /** Estimates of the KL divergence begin at zero. */
  private static final double KL_FLOOR = 0.01;

  private static final double FLOOR = 1e-3;
  private static final double FINAL_NORMS = 1e-4;

  /** Keys that the recorder wrote and that are said otherwise here. */
  private static final Set<String> OTHERWISE = Set.of("shuffle_dataset", "logging_steps");

  @TempDir Path folder;

  @TestFactory
  List<DynamicTest> everyMetricOfEveryStepOfGroupsEqualsTrl() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    Path file = Shared.path("golden/rl/grpo.json");
    for (JsonNode run : JsonMapper.shared().readTree(Files.readString(file))) {
      String name = run.get("name").asString();
      tests.add(DynamicTest.dynamicTest(name, () -> check(run, folder.resolve(name))));
    }
    assertThat(tests).hasSizeGreaterThanOrEqualTo(9);
    return tests;
  }

  private static void check(JsonNode run, Path output) throws IOException {
    Path base = Shared.path("golden/models/" + run.get("model").asString());
    try (LanguageModel model = LanguageModel.load(base)) {
      Recorded recorded = new Recorded(run.get("batches"), model);
      GroupRunConfig config = config(run, output);
      PromptDataset data =
          PromptRows.ofRows(rows(run)).tokenize(model.chat(), config.dataset().limits());
      try (Rewards rewards =
          new Rewards(List.of(new WeightedReward("mod13", 1, recorded.rewards())))) {
        RolloutParts parts = new RolloutParts(model, null, data, null, rewards, recorded);
        compare(run, GroupRun.of(parts, config, RunHooks.NONE).run());
      }
      compareNorms(run, model);
    }
  }

  private static GroupRunConfig config(JsonNode run, Path output) {
    List<String> flags = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : run.get("config").properties()) {
      if (!OTHERWISE.contains(entry.getKey())) {
        flags.add("--" + entry.getKey());
        JsonNode value = entry.getValue();
        flags.add(value.isString() ? value.asString() : value.toString());
      }
    }
    flags.addAll(
        List.of(
            "--output_dir",
            output.toString(),
            "--logging_steps",
            "1",
            "--bf16",
            "false",
            "--train_sampling_strategy",
            "sequential"));
    return run.get("kind").asString().equals("grpo")
        ? GrpoConfig.binder().bind(List.of(), FlagSource.parse(flags)).value()
        : RlooConfig.binder().bind(List.of(), FlagSource.parse(flags)).value();
  }

  @SuppressWarnings("unchecked") // a row of the file is an object
  private static List<Map<String, Object>> rows(JsonNode run) throws IOException {
    List<String> lines = Files.readAllLines(Shared.path("data/dpo-en.jsonl"));
    List<Map<String, Object>> rows = new ArrayList<>();
    for (JsonNode row : run.get("rows")) {
      Map<String, Object> pair = JsonMapper.shared().readValue(lines.get(row.asInt()), Map.class);
      rows.add(Map.of("prompt", pair.get("prompt")));
    }
    return rows;
  }

  /** The answers and rewards of the recorded batches, in their order. */
  private static final class Recorded implements RolloutSource {
    private final JsonNode batches;
    private final LanguageModel model;
    private int batch;

    Recorded(JsonNode batches, LanguageModel model) {
      this.batches = batches;
      this.model = model;
    }

    @Override
    public List<Completion> complete(List<RolloutRequest> requests) {
      JsonNode recorded = batches.get(batch);
      List<Completion> completions = new ArrayList<>();
      for (int i = 0; i < requests.size(); i++) {
        assertThat(requests.get(i).prompt().ids())
            .as("prompt %d of batch %d", i, batch)
            .isEqualTo(ids(recorded.get("prompt_ids").get(i)));
        int[] ids = ids(recorded.get("completion_ids").get(i));
        completions.add(
            new Completion(ids, model.tokenizer().stopIds().contains(ids[ids.length - 1])));
      }
      return completions;
    }

    RewardSource rewards() {
      return samples -> {
        JsonNode recorded = batches.get(batch++).get("rewards");
        double[] rewards = new double[samples.size()];
        for (int i = 0; i < rewards.length; i++) {
          rewards[i] = recorded.get(i).asDouble();
        }
        return rewards;
      };
    }

    private static int[] ids(JsonNode array) {
      int[] ids = new int[array.size()];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = array.get(i).asInt();
      }
      return ids;
    }
  }

  private static void compare(JsonNode run, TrainResult result) {
    JsonNode steps = run.get("steps");
    assertThat(result.log()).hasSize(steps.size());
    for (int i = 0; i < steps.size(); i++) {
      Map<String, Double> actual = result.log().get(i).metrics();
      for (Map.Entry<String, JsonNode> entry : steps.get(i).properties()) {
        String name = entry.getKey();
        double expected = entry.getValue().asDouble();
        double value = actual.getOrDefault(name, Double.NaN);
        double floor = name.equals("kl") ? KL_FLOOR : FLOOR;
        assertThat(Math.abs(value - expected))
            .as("%s of step %d: %s, expected %s", name, i + 1, value, expected)
            .isLessThanOrEqualTo(TOLERANCE * Math.max(Math.abs(expected), floor));
      }
    }
  }

  private static void compareNorms(JsonNode run, LanguageModel model) {
    for (Map.Entry<String, JsonNode> entry : run.get("final_param_l2_norms").properties()) {
      double norm = model.trained().value(entry.getKey()).norm();
      double expected = entry.getValue().asDouble();
      assertThat(Math.abs(norm - expected))
          .as("final norm of %s: %s, expected %s", entry.getKey(), norm, expected)
          .isLessThanOrEqualTo(FINAL_NORMS * expected);
    }
  }
}
