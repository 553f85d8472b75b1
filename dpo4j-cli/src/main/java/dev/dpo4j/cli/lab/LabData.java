/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab;

import dev.dpo4j.api.RewardConfig;
import dev.dpo4j.cli.demo.DemoData;
import dev.dpo4j.cli.demo.DemoRun;
import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.prompt.PromptDataset;
import dev.dpo4j.data.prompt.PromptRows;
import dev.dpo4j.data.prompt.TokenizedPrompt;
import dev.dpo4j.data.token.LengthLimits;
import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.data.token.TokenizeOptions;
import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.generate.SampleSeeds;
import dev.dpo4j.generate.SamplingOptions;
import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.weights.BaseForm;
import dev.dpo4j.tokenizer.TextChanges;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.ppo.TokenReward;
import dev.dpo4j.train.reward.RewardRun;
import dev.dpo4j.train.rollout.Completion;
import dev.dpo4j.train.rollout.RolloutRequest;
import dev.dpo4j.train.rollout.SampledRollouts;
import dev.dpo4j.train.rollout.WeightedReward;
import dev.dpo4j.train.run.RunHooks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import tools.jackson.databind.json.JsonMapper;

/**
 * What all methods begin with: the demo's model, preference pairs of its own answers that a
 * Bradley-Terry judge compared by the true reward, and a reward model of these pairs.
 *
 * @param folder where all of it stands
 * @param questions of the demo, in English, to train on
 * @param heldOut questions that no method sees
 */
record LabData(Path folder, List<String> questions, List<String> heldOut) {
  /** Answers that are sampled at a time. */
  static final int BATCH = 64;

  /** Keeps what the runs tell off the terminal. */
  static final TrainListener QUIET =
      new TrainListener() {
        @Override
        public void onWarning(String name, String message) {}

        @Override
        public void onNote(String name, String message) {}
      };

  /** Makes the parts that are missing in a folder. */
  static LabData prepare(Path folder, LabScale scale, Consumer<String> told) throws IOException {
    DemoRun.Settings usual = DemoRun.Settings.DEFAULT;
    DemoRun demo =
        new DemoRun(
            folder.resolve("demo"),
            // As in the demo, but for the passes.
            new DemoRun.Settings(
                usual.seed(),
                scale.sftEpochs(),
                usual.sftBatch(),
                usual.sftLearningRate(),
                usual.dpoEpochs(),
                usual.dpoLearningRate(),
                usual.beta()),
            () -> false);
    LabData data =
        new LabData(folder, english(demo.data().train()), english(demo.data().heldOut()));
    if (!Files.exists(data.startFolder().resolve("model.safetensors"))) {
      told.accept("the demo's model, trained on its forum");
      demo.prepare();
      demo.sft(QUIET);
    }
    if (!Files.exists(data.pairs())) {
      told.accept("preference pairs of its own answers");
      data.makePairs(scale.pairsPerPrompt());
    }
    if (!Files.exists(data.rewardFolder().resolve("model.safetensors"))) {
      told.accept("a reward model of these pairs");
      data.trainReward(scale.rewardEpochs());
    }
    return data;
  }

  private static List<String> english(List<DemoData.Pair> pairs) {
    return pairs.stream()
        .filter(pair -> pair.language().equals("en"))
        .map(DemoData.Pair::prompt)
        .distinct()
        .toList();
  }

  Path startFolder() {
    return folder.resolve("demo").resolve("sft");
  }

  Path rewardFolder() {
    return folder.resolve("reward");
  }

  Path runFolder() {
    return folder.resolve("runs");
  }

  Path pairs() {
    return folder.resolve("pairs.jsonl");
  }

  private static List<Map<String, String>> user(String text) {
    return List.of(Map.of("role", "user", "content", text));
  }

  private static PromptDataset tokenize(List<String> texts, LanguageModel model) {
    return PromptRows.ofRows(texts.stream().map(text -> Map.of("prompt", user(text))).toList())
        .tokenize(model.chat(), LengthLimits.ofMaxLength(null));
  }

  PromptDataset prompts(LanguageModel model) {
    return tokenize(questions, model);
  }

  List<TokenizedPrompt> heldOut(LanguageModel model) {
    return tokenize(heldOut, model).prompts();
  }

  /** The reward model as the judge of a run. */
  WeightedReward learned(LanguageModel reward, LanguageModel policy) {
    return new WeightedReward(
        "learned", 1, TokenReward.of(reward, policy, ComputeOptions.float32()));
  }

  /** The share of the pairs' tokens that DPO can pull: what both answers begin with cancels out. */
  double unsharedTokens(LanguageModel model) {
    long all = 0;
    long shared = 0;
    for (TokenizedPair pair :
        PreferenceRows.read(pairs(), "train")
            .tokenize(model.chat(), TokenizeOptions.ofMaxLength(null))
            .pairs()) {
      all += pair.chosenIds().length + pair.rejectedIds().length;
      int same = Arrays.mismatch(pair.chosenIds(), pair.rejectedIds());
      shared += 2L * Math.max(0, same);
    }
    return 1 - shared / (double) all;
  }

  /** Two answers of the start to each prompt; the judge prefers the better one with a chance. */
  private void makePairs(int each) throws IOException {
    StringBuilder rows = new StringBuilder();
    try (LanguageModel model = LanguageModel.load(startFolder())) {
      List<TokenizedPrompt> prompts = prompts(model).prompts();
      List<RolloutRequest> requests = new ArrayList<>();
      for (int row = 0; row < prompts.size(); row++) {
        for (int i = 0; i < 2 * each; i++) {
          requests.add(new RolloutRequest(row, prompts.get(row), SampleSeeds.of(5, row, i)));
        }
      }
      SamplingOptions sampling = new SamplingOptions(LabMethod.LONGEST, 1, 0, 1, 0, 1, 0);
      List<Completion> answers =
          new SampledRollouts(model, ComputeOptions.float32(), sampling, BATCH).complete(requests);
      Random random = new Random(6);
      for (int i = 0; i < answers.size(); i += 2) {
        String a = model.tokenizer().decode(answers.get(i).ids(), true).strip();
        String b = model.tokenizer().decode(answers.get(i + 1).ids(), true).strip();
        double chance = 1 / (1 + Math.exp(LabReward.of(b) - LabReward.of(a)));
        boolean first = random.nextDouble() < chance;
        if (!a.equals(b) && !a.isEmpty() && !b.isEmpty()) {
          rows.append(pair(questions.get(requests.get(i).place()), first ? a : b, first ? b : a));
        }
      }
    }
    AtomicFile.writeString(pairs(), rows.toString());
  }

  private static String pair(String prompt, String chosen, String rejected) {
    Map<String, Object> row =
        Map.of(
            "prompt",
            user(prompt),
            "chosen",
            List.of(Map.of("role", "assistant", "content", chosen)),
            "rejected",
            List.of(Map.of("role", "assistant", "content", rejected)));
    return JsonMapper.shared().writeValueAsString(row) + "\n";
  }

  private void trainReward(double epochs) {
    RewardConfig config =
        RewardConfig.of(
            """
            output_dir: %s
            overwrite_output_dir: true
            save_strategy: "no"
            learning_rate: 3e-4
            num_train_epochs: %s
            per_device_train_batch_size: 16
            """
                .formatted(rewardFolder(), epochs));
    try (LanguageModel model =
        LanguageModel.loadForRewards(startFolder(), BaseForm.FLOAT32, 1, TextChanges.NONE)) {
      PreferenceDataset pairs =
          PreferenceRows.read(pairs(), "train")
              .tokenizeSequences(model.chat(), config.data().tokenizeOptions(), rows -> false);
      RewardRun.of(new RewardRun.Parts(model, pairs, null), config, RunHooks.of(QUIET, () -> false))
          .run();
    }
  }
}
