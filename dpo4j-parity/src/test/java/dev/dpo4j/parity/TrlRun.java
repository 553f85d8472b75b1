/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.api.KtoConfig;
import dev.dpo4j.api.RewardConfig;
import dev.dpo4j.api.SftConfig;
import dev.dpo4j.config.value.FlagSource;
import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.TrainingRows;
import dev.dpo4j.data.token.ExampleDataset;
import dev.dpo4j.data.token.LengthLimits;
import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.lora.LoraFolder;
import dev.dpo4j.model.weights.BaseForm;
import dev.dpo4j.nn.Parameter;
import dev.dpo4j.quant.CodeBook;
import dev.dpo4j.quant.WeightPacking;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tokenizer.TextChanges;
import dev.dpo4j.train.dpo.DpoRun;
import dev.dpo4j.train.kto.KtoRun;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.reward.RewardRun;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.sft.SftRun;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Repeats a recorded training run of TRL and compares every metric of every step. */
final class TrlRun {
  /** Relative tolerance of the first step; the truth's own noise there is 5e-7. */
  private static final double FIRST_STEP = 1e-4;

  /** Relative tolerance of later steps; the truth's own noise there is up to 1e-4. */
  private static final double LATER_STEPS = 1e-3;

  /** Below this a reward's error counts as absolute: rewards begin at zero. */
  private static final double REWARD_FLOOR = 0.2;

  /**
   * The same for the KL estimate, a mean of log-ratios: TRL adds up about -1700 nats in float32,
   * whose last digit is 1.2e-4.
   */
  private static final double KL_FLOOR = 0.2;

  /** The same for rewards of a reward model, of about 1, and for differences of them. */
  private static final Set<String> SCORES =
      Set.of("min_reward", "mean_reward", "max_reward", "margin");

  private static final double SCORE_FLOOR = 0.05;

  private static final double FLOOR = 1e-3;
  private static final double FINAL_NORMS = 1e-4;

  /** The loss has a near-step, so that rounding grows: only two steps can be compared. */
  private static final String CHAOTIC = "discopop";

  /**
   * Models that amplify rounding: their runs repeated with transformers 5.17.0 and eager attention
   * differ from the recorded ones by up to 2e-4 in the rewards, those of the others by 4e-5.
   */
  private static final Set<String> ROUGH = Set.of("ministral", "ernie4-5");

  /** A key's bias moves no probability where it is not rotated: its gradient there is rounding. */
  private static final String WITHOUT_GRADIENT = "glm4";

  private final JsonNode run;
  private final String sampling;

  TrlRun(JsonNode run, String sampling) {
    this.run = run;
    this.sampling = sampling;
  }

  /** Repeats a run of one of TRL's trainers with a model and an output folder. */
  interface Trainer {
    TrainResult train(TrlRun run, LanguageModel model, Path output);
  }

  void check(Trainer trainer, Path output) {
    Path base = base();
    String adapters = isQuantised() ? "golden/quantised/qlora." : "golden/trl/" + recorded() + ".";
    checkFrom(start(base, adapters, output), trainer, output);
  }

  /** The same from the folder of a model or adapter. */
  void checkFrom(Path start, Trainer trainer, Path output) {
    try (LanguageModel model = LanguageModel.load(start, form(), TextChanges.NONE)) {
      compare(trainer.train(this, model, output));
      compareNorms(model);
    }
  }

  /** The same for a run of TRL's RewardTrainer. */
  void checkReward(Path output) {
    Path base = Shared.path("golden/reward/models/" + run.get("model").asString());
    Path start = start(base, "golden/reward/reward.", output);
    try (LanguageModel model =
        LanguageModel.loadForRewards(start, BaseForm.FLOAT32, 42, TextChanges.NONE)) {
      compare(reward(model, output));
      compareNorms(model);
    }
  }

  private TrainResult reward(LanguageModel model, Path output) {
    RewardConfig config =
        RewardConfig.binder().bind(List.of(), FlagSource.parse(flags(output))).value();
    PreferenceDataset data =
        PreferenceRows.ofRows(TrlRows.ofPairs(run))
            .tokenizeSequences(model.chat(), config.data().tokenizeOptions(), rows -> false);
    assertThat(data.size()).isEqualTo(run.get("rows_kept").asInt());
    RewardRun.Parts parts = new RewardRun.Parts(model, data, null);
    return RewardRun.of(parts, config, RunHooks.NONE).run();
  }

  private Path base() {
    String name = run.get("model").asString();
    Path further = Shared.path("golden").resolve("families").resolve(name);
    return Files.isDirectory(further) ? further : Shared.path("golden/models/" + name);
  }

  /** Name of the file of recorded runs that a run of LoRA is from. */
  private String recorded() {
    return base().endsWith(Path.of("families", run.get("model").asString()))
        ? "families-lora"
        : "dpo";
  }

  TrainResult dpo(LanguageModel model, Path output) {
    DpoConfig config = DpoConfig.binder().bind(List.of(), FlagSource.parse(flags(output))).value();
    int first = run.path("first_row").asInt(0);
    String split = "train[%d:%d]".formatted(first, first + run.get("rows").asInt());
    PreferenceDataset data =
        PreferenceRows.read(Shared.path("data/dpo-en.jsonl"), split)
            .tokenize(model.chat(), config.data().tokenizeOptions());
    assertThat(data.size()).isEqualTo(run.get("rows_kept").asInt());
    DpoRun.Parts parts = new DpoRun.Parts(model, null, data, null);
    return DpoRun.of(parts, config, RunHooks.NONE).run();
  }

  TrainResult sft(LanguageModel model, Path output) {
    SftConfig config = SftConfig.binder().bind(List.of(), FlagSource.parse(flags(output))).value();
    ExampleDataset data =
        TrainingRows.ofRows(TrlRows.of(run))
            .tokenizeSupervised(model.chat(), config.data().supervisedOptions());
    assertThat(data.size()).isEqualTo(run.get("rows_kept").asInt());
    SftRun.Parts parts = new SftRun.Parts(model, data, null);
    return SftRun.of(parts, config, RunHooks.NONE).run();
  }

  TrainResult kto(LanguageModel model, Path output) {
    KtoConfig config = KtoConfig.binder().bind(List.of(), FlagSource.parse(flags(output))).value();
    ExampleDataset data =
        TrainingRows.ofRows(TrlRows.of(run))
            .tokenizeLabelled(model.chat(), LengthLimits.ofMaxLength(config.dataset().maxLength()));
    assertThat(data.size()).isEqualTo(run.get("rows_kept").asInt());
    KtoRun.Parts parts = new KtoRun.Parts(model, null, data, null);
    return KtoRun.of(parts, config, RunHooks.NONE).run();
  }

  /** The folder of the model; of a run of LoRA, one with the adapter that the run began with. */
  private Path start(Path base, String adapters, Path output) {
    if (!isLora()) {
      return base;
    }
    try {
      Path folder =
          Files.createDirectories(output.resolveSibling(run.get("name").asString() + "-init"));
      String name = adapters + run.get("name").asString() + ".lora-init.safetensors";
      Files.copy(Shared.path(name), folder.resolve(LoraFolder.WEIGHTS));
      ObjectNode config = ((ObjectNode) run.get("lora")).deepCopy();
      config.remove("asked"); // what the recorder asked PEFT for, before it was resolved
      config.put("peft_type", "LORA").put("base_model_name_or_path", base.toString());
      if (adapters.contains("reward")) {
        config.put("task_type", "SEQ_CLS").putArray("modules_to_save").add("score");
      }
      Files.writeString(folder.resolve(LoraFolder.CONFIG), config.toString());
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean isQuantised() {
    return run.path("quantisation").isObject();
  }

  /** How the weights under the adapter are held. */
  private BaseForm form() {
    if (!isQuantised()) {
      return BaseForm.FLOAT32;
    }
    CodeBook book = CodeBook.of(quantisation("bnb_4bit_quant_type", "fp4")).orElseThrow();
    WeightPacking.Kind kind =
        book == CodeBook.NF4 ? WeightPacking.Kind.NF4 : WeightPacking.Kind.FP4;
    return new BaseForm(DType.FLOAT32, new WeightPacking(kind, isNested()));
  }

  private boolean isNested() {
    return quantisation("bnb_4bit_use_double_quant", "False").equals("True");
  }

  private String quantisation(String key, String absent) {
    return run.get("quantisation").path(key).asString(absent);
  }

  private boolean isLora() {
    return run.path("lora").isObject();
  }

  /** The recorder wrote beta into every run; here a key without effect is refused. */
  private boolean isWithoutEffect(String key) {
    JsonNode losses = run.get("config").path("loss_type");
    return key.equals("beta")
        && losses.isArray()
        && losses.size() == 1
        && losses.get(0).asString().equals("sft");
  }

  private List<String> flags(Path output) {
    List<String> flags = new ArrayList<>();
    if (isLora()) {
      flags.add("--use_peft");
    }
    if (isQuantised()) {
      flags.addAll(List.of("--load_in_4bit", "true", "--bnb_4bit_quant_type"));
      flags.add(quantisation("bnb_4bit_quant_type", "fp4"));
      flags.addAll(List.of("--use_bnb_nested_quant", String.valueOf(isNested())));
    }
    for (Map.Entry<String, JsonNode> entry : run.get("config").properties()) {
      if (isWithoutEffect(entry.getKey()) || entry.getKey().equals("logging_steps")) {
        continue;
      }
      flags.add("--" + entry.getKey());
      flags.add(
          entry.getValue().isString() ? entry.getValue().asString() : entry.getValue().toString());
    }
    if (!run.get("config").has("num_train_epochs")) {
      // The recorder's own default, which the runs of SFT and KTO do not repeat.
      flags.addAll(List.of("--num_train_epochs", "1"));
    }
    flags.addAll(
        List.of(
            "--output_dir",
            output.toString(),
            "--logging_steps",
            "1",
            // On a card this would be true.
            "--bf16",
            "false",
            "--train_sampling_strategy",
            sampling));
    return flags;
  }

  private void compare(TrainResult result) {
    JsonNode steps = run.get("steps");
    assertThat(result.log()).hasSize(steps.size());
    int compared = run.path("name").asString("").equals(CHAOTIC) ? 2 : steps.size();
    for (int i = 0; i < compared; i++) {
      Map<String, Double> actual = result.log().get(i).metrics();
      for (Map.Entry<String, JsonNode> entry : steps.get(i).properties()) {
        String name = entry.getKey();
        double expected = entry.getValue().asDouble();
        double value =
            name.equals("epoch")
                ? result.log().get(i).epoch()
                : actual.getOrDefault(name, Double.NaN);
        double floor = floor(name);
        double tolerance =
            (i == 0 ? FIRST_STEP : laterSteps()) * Math.max(Math.abs(expected), floor);
        assertThat(Math.abs(value - expected))
            .as("%s of step %d: %s, expected %s", name, i + 1, value, expected)
            .isLessThanOrEqualTo(tolerance);
      }
    }
  }

  private double laterSteps() {
    return ROUGH.contains(run.path("name").asString("")) ? 2 * LATER_STEPS : LATER_STEPS;
  }

  private static double floor(String metric) {
    if (metric.startsWith("rewards/")) {
      return REWARD_FLOOR;
    }
    if (SCORES.contains(metric)) {
      return SCORE_FLOOR;
    }
    return metric.equals("kl") ? KL_FLOOR : FLOOR;
  }

  /** The name in a file of PEFT of what a model of PEFT calls so. */
  private static String name(String parameter) {
    return parameter.replace(".modules_to_save.", ".").replace(".default.", ".");
  }

  private void compareNorms(LanguageModel model) {
    JsonNode norms = run.path("final_param_l2_norms");
    if (run.path("name").asString("").equals(CHAOTIC)) {
      return;
    }
    for (Map.Entry<String, JsonNode> entry : norms.properties()) {
      if (run.path("name").asString("").equals(WITHOUT_GRADIENT)
          && entry.getKey().endsWith("k_proj.bias")) {
        continue;
      }
      String name = name(entry.getKey());
      double norm = norm(model, name);
      double expected = entry.getValue().asDouble();
      assertThat(Math.abs(norm - expected))
          .as("final norm of %s: %s, expected %s", name, norm, expected)
          .isLessThanOrEqualTo(FINAL_NORMS * expected);
    }
  }

  /** The norm of a parameter, or of all experts that transformers stacks under that name. */
  private static double norm(LanguageModel model, String name) {
    double squares = 0;
    for (Parameter parameter : model.trained().parameters()) {
      if (ModelParityTest.stackedName(parameter.name()).equals(name)) {
        double norm = model.trained().value(parameter.name()).norm();
        squares += norm * norm;
      }
    }
    return Math.sqrt(squares);
  }
}
