/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.api.rl.PpoConfig;
import dev.dpo4j.config.value.FlagSource;
import dev.dpo4j.data.form.Prompt;
import dev.dpo4j.data.prompt.PromptDataset;
import dev.dpo4j.data.prompt.PromptRows;
import dev.dpo4j.data.prompt.TokenizedPrompt;
import dev.dpo4j.data.token.LengthLimits;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.weights.BaseForm;
import dev.dpo4j.nn.Parameter;
import dev.dpo4j.tokenizer.TextChanges;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.ppo.PpoRun;
import dev.dpo4j.train.ppo.TokenReward;
import dev.dpo4j.train.rollout.Completion;
import dev.dpo4j.train.rollout.Rewards;
import dev.dpo4j.train.rollout.RolloutParts;
import dev.dpo4j.train.rollout.RolloutSource;
import dev.dpo4j.train.rollout.WeightedReward;
import dev.dpo4j.train.run.RunHooks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** PPO learns from fixed answers as the last stable PPOTrainer of TRL, 0.19.1, does. */
class PpoParityTest {
  @TempDir Path folder;

  @TestFactory
  List<DynamicTest> everyMetricOfEveryUpdateEqualsTrl() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    Path file = Shared.path("golden/rl/ppo.json");
    for (JsonNode run : JsonMapper.shared().readTree(Files.readString(file))) {
      String name = run.get("name").asString();
      tests.add(DynamicTest.dynamicTest(name, () -> new Run(run).check(folder.resolve(name))));
    }
    assertThat(tests).hasSizeGreaterThanOrEqualTo(5);
    return tests;
  }

  /** One recorded run. */
  private record Run(JsonNode run) {
    private static final double RELATIVE = 1e-3;

    /** Below this an error counts as absolute; the divergence begins at zero. */
    private static final double FLOOR = 1e-3;

    private static final double KL_FLOOR = 0.1;

    /**
     * TRL's mean also takes in what the policy would say behind the end of an answer, padding with
     * padding before it; here it is that of the answers' tokens.
     */
    private static final String ENTROPY = "policy/entropy_avg";

    /** Keys of TRL that say nothing of what is trained. */
    private static final Set<String> OTHER =
        Set.of("local_rollout_forward_batch_size", "stop_token", "logging_steps");

    void check(Path output) {
      Path policyFolder = Shared.path("golden/models/" + name("model"));
      Path rewardFolder = Shared.path("golden/reward/models/" + name("reward_model"));
      Path valueFolder = Shared.path("golden/reward/models/" + name("value_model"));
      PpoConfig config =
          PpoConfig.binder().bind(List.of(), FlagSource.parse(flags(output))).value();
      try (LanguageModel policy = LanguageModel.load(policyFolder);
          LanguageModel reward = LanguageModel.loadReward(rewardFolder);
          LanguageModel critic =
              LanguageModel.loadForRewards(valueFolder, BaseForm.FLOAT32, 0, TextChanges.NONE)) {
        assertThat(TokenReward.readsTokensOf(reward, policy)).isTrue();
        WeightedReward judge =
            new WeightedReward(
                "reward", 1, TokenReward.of(reward, policy, ComputeOptions.float32()));
        try (Rewards rewards = new Rewards(List.of(judge))) {
          RolloutParts parts =
              new RolloutParts(policy, null, prompts(policy), null, rewards, answers());
          compare(PpoRun.of(parts, critic, config, RunHooks.NONE).run());
        }
        compareNorms(policy, critic);
      }
    }

    private String name(String key) {
      return run.get(key).asString();
    }

    private List<String> flags(Path output) {
      List<String> flags = new ArrayList<>();
      for (Map.Entry<String, JsonNode> entry : run.get("config").properties()) {
        if (OTHER.contains(entry.getKey()) || entry.getValue().isNull()) {
          continue;
        }
        flags.add("--" + entry.getKey());
        flags.add(
            entry.getValue().isString()
                ? entry.getValue().asString()
                : entry.getValue().toString());
      }
      flags.addAll(
          List.of(
              "--output_dir",
              output.toString(),
              "--logging_steps",
              "1",
              "--bf16",
              "false",
              // The recorder kept the minibatches in order.
              "--train_sampling_strategy",
              "sequential"));
      return flags;
    }

    private List<int[]> rows(String key) {
      List<int[]> rows = new ArrayList<>();
      for (JsonNode update : run.get("updates")) {
        update.get(key).forEach(row -> rows.add(Golden.ints(row)));
      }
      return rows;
    }

    private PromptDataset prompts(LanguageModel policy) {
      PromptDataset one =
          PromptRows.ofRows(List.of(Map.of("prompt", "x")))
              .tokenize(policy.chat(), LengthLimits.ofMaxLength(null));
      TokenizedPrompt model = one.prompts().get(0);
      List<TokenizedPrompt> prompts = new ArrayList<>();
      for (int[] ids : rows("queries")) {
        prompts.add(
            new TokenizedPrompt(
                prompts.size(), model.origin(), new Prompt.Text("x"), ids, Map.of()));
      }
      return new PromptDataset(prompts, one.report());
    }

    private RolloutSource answers() {
      List<int[]> responses = rows("responses");
      int end = run.get("eos").asInt();
      return requests ->
          requests.stream().map(request -> answer(responses.get(request.place()), end)).toList();
    }

    private static Completion answer(int[] response, int end) {
      for (int i = 0; i < response.length; i++) {
        if (response[i] == end) {
          return new Completion(Arrays.copyOf(response, i + 1), true);
        }
      }
      return new Completion(response, false);
    }

    private void compare(TrainResult result) {
      JsonNode steps = run.get("steps");
      assertThat(result.log()).hasSize(steps.size());
      List<String> off = new ArrayList<>();
      for (int i = 0; i < steps.size(); i++) {
        Map<String, Double> actual = result.log().get(i).metrics();
        for (Map.Entry<String, JsonNode> entry : steps.get(i).properties()) {
          String name = entry.getKey();
          double expected = entry.getValue().asDouble();
          double value = actual.getOrDefault(name, Double.NaN);
          double floor = name.equals("objective/kl") ? KL_FLOOR : FLOOR;
          if (name.equals(ENTROPY)) {
            // The two means are of distributions of the same model over different tokens.
            assertThat(value).isBetween(0.9 * expected, 1.1 * expected);
          } else if (!(Math.abs(value - expected)
              <= RELATIVE * Math.max(Math.abs(expected), floor))) {
            off.add("%s of update %d: %s, expected %s".formatted(name, i + 1, value, expected));
          }
        }
      }
      assertThat(off).isEmpty();
    }

    private void compareNorms(LanguageModel policy, LanguageModel critic) {
      for (Map.Entry<String, JsonNode> entry : run.get("final_param_l2_norms").properties()) {
        String name = entry.getKey();
        boolean ofPolicy = name.startsWith("policy.");
        double norm = norm(ofPolicy ? policy : critic, name.substring(name.indexOf('.') + 1));
        double expected = entry.getValue().asDouble();
        assertThat(Math.abs(norm - expected))
            .as("final norm of %s: %s, expected %s", name, norm, expected)
            .isLessThanOrEqualTo(1e-4 * expected);
      }
    }

    private static double norm(LanguageModel model, String name) {
      for (Parameter parameter : model.trained().parameters()) {
        if (parameter.name().equals(name)) {
          return model.trained().value(name).norm();
        }
      }
      throw new AssertionError("there is no parameter " + name);
    }
  }
}
