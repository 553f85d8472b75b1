/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.api.KtoConfig;
import dev.dpo4j.api.KtoTrainer;
import dev.dpo4j.api.Model;
import dev.dpo4j.api.SftConfig;
import dev.dpo4j.api.SftTrainer;
import dev.dpo4j.api.TrainingData;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.demo.TinyModel;
import dev.dpo4j.cli.lab.ExplainCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The commands sft and kto, dpo with SFT first, and explain. */
class TrainCommandsTest {
  private static final JsonMapper JSON = new JsonMapper();

  private final Path folder;
  private final Path model;
  private final Path pairs;
  private final Path answers;
  private CapturedConsole console = new CapturedConsole();

  TrainCommandsTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    this.model = TinyModel.write(folder);
    String[] prompts = {"a lantern", "a window", "窗边", "灯笼", "the house", "a street", "夜里", "雨"};
    StringBuilder paired = new StringBuilder();
    StringBuilder single = new StringBuilder();
    for (int i = 0; i < prompts.length; i++) {
      String good = " in the window" + " again".repeat(i % 3);
      String bad = " somewhere" + " else".repeat((i + 1) % 4);
      paired.append(
          "{\"prompt\": \"%s\", \"chosen\": \"%s\", \"rejected\": \"%s\"}%n"
              .formatted(prompts[i], good, bad));
      single.append(
          "{\"prompt\": \"%s\", \"completion\": \"%s\", \"label\": %s}%n"
              .formatted(prompts[i], i % 2 == 0 ? good : bad, i % 2 == 0));
    }
    this.pairs = Files.writeString(folder.resolve("pairs.jsonl"), paired);
    this.answers = Files.writeString(folder.resolve("answers.jsonl"), single);
  }

  private int run(String... arguments) {
    console = new CapturedConsole();
    return new Cli(console.console(), new Interruption()).execute(arguments);
  }

  private Path train(String command, Path data, String name, String... more) {
    Path output = folder.resolve(name);
    Map<String, String> flags = new LinkedHashMap<>();
    flags.put("--model_name_or_path", model.toString());
    flags.put("--dataset_name", data.toString());
    flags.put("--output_dir", output.toString());
    flags.put("--learning_rate", "1e-3");
    flags.put("--num_train_epochs", "2");
    flags.put("--logging_steps", "1");
    flags.put("--save_strategy", "no");
    for (String flag : more) {
      String[] parts = flag.split("=", 2);
      flags.put(parts[0], parts.length == 1 ? "true" : parts[1]);
    }
    List<String> arguments = new ArrayList<>(List.of(command));
    flags.forEach((key, value) -> arguments.add(key + "=" + value));
    assertThat(run(arguments.toArray(String[]::new))).as(console.err()).isZero();
    return output;
  }

  private static List<JsonNode> metrics(Path output) throws IOException {
    return Files.readAllLines(output.resolve("metrics.jsonl")).stream()
        .map(JSON::readTree)
        .toList();
  }

  private static void assertSame(Path one, Path other, String... names) throws IOException {
    Iterator<JsonNode> others = metrics(other).iterator();
    for (JsonNode line : metrics(one)) {
      JsonNode otherLine = others.next();
      for (String name : names) {
        double expected = line.path(name).asDouble(Double.NaN);
        // Sums in another order, through a few steps of float32.
        assertThat(otherLine.path(name).asDouble(Double.NaN))
            .as("%s of %s", name, line)
            .isCloseTo(expected, within(2e-4 * Math.max(0.1, Math.abs(expected))));
      }
    }
    assertThat(others.hasNext()).isFalse();
  }

  @Test
  void sftLearnsTheChosenAnswersOfPairsAndItsConfigRunsAgain() throws IOException {
    Path first = train("sft", pairs, "first", "--per_device_train_batch_size=4");
    assertThat(console.err()).contains("sft", "8 examples");
    assertThat(console.out()).contains("trained 4 steps", "mean_token_accuracy");
    List<JsonNode> lines = metrics(first);
    assertThat(lines.get(3).get("loss").asDouble()).isLessThan(lines.get(0).get("loss").asDouble());
    assertThat(first.resolve("README.md")).content().contains("- \"sft\"");
    String config = first.resolve("config.yaml").toString();
    Path second = folder.resolve("second");
    assertThat(run("sft", "--config", config, "--output_dir", second.toString()))
        .as(console.err())
        .isZero();
    assertThat(second.resolve("model.safetensors"))
        .hasSameBinaryContentAs(first.resolve("model.safetensors"));
  }

  @Test
  void fourTimesTwoEqualsOnceEightForLossesThatDependOnTheBatch() throws IOException {
    String[][] methods = {
      {"sft", "nll"},
      {"sft", "dft"},
      {"kto", "kto"},
      {"dpo", "aot"},
      {"dpo", "aot_unpaired"},
      {"dpo", "kto_pair"},
      {"dpo", "rpo"},
      {"dpo", "sft"},
    };
    for (String[] method : methods) {
      Path data = method[0].equals("kto") ? answers : pairs;
      String name = String.join("-", method);
      String loss = "--loss_type=" + method[1];
      String order = "--train_sampling_strategy=random";
      Path once = train(method[0], data, name, loss, order, "--per_device_train_batch_size=8");
      Path accumulated =
          train(
              method[0],
              data,
              name + "-4x2",
              loss,
              order,
              "--per_device_train_batch_size=2",
              "--gradient_accumulation_steps=4");
      assertSame(once, accumulated, "loss", "grad_norm");
    }
  }

  @Test
  void ktoTakesMicroBatchesOfOneRowInAnyOrderAndPairs() throws IOException {
    String[] alike = {"--train_sampling_strategy=random", "--seed=3", "--max_steps=2"};
    Path whole = train("kto", answers, "whole", alike);
    assertThat(console.err()).contains("8 answers");
    JsonNode first = metrics(whole).get(0);
    assertThat(first.get("loss").asDouble()).isEqualTo(0.5);
    assertThat(first.get("kl").asDouble()).isZero();
    assertThat(first.get("kl/clamp_rate").asDouble()).isZero();
    assertThat(first.get("labels/desirable").asDouble()).isEqualTo(0.5);
    Path single =
        train(
            "kto",
            answers,
            "single",
            alike[0],
            alike[1],
            alike[2],
            "--per_device_train_batch_size=1",
            "--gradient_accumulation_steps=8");
    assertSame(whole, single, "loss", "kl", "grad_norm");
    train("kto", pairs, "pairs", "--eval_dataset=" + pairs, "--eval_steps=2");
    assertThat(console.err()).contains("16 answers, 16 held out", "eval_loss");
  }

  @Test
  void ktoWarnsOfAnImbalanceOfItsLabels() throws IOException {
    Path lopsided =
        Files.writeString(
            folder.resolve("lopsided.jsonl"),
            Files.readString(answers).replace("false", "true").replaceFirst("true", "false"));
    train("kto", lopsided, "lopsided");
    assertThat(console.err())
        .contains("warning: class_balance: 7 desirable", "desirable_weight")
        .contains("7.00 to 1");
    train("kto", lopsided, "weighted", "--undesirable_weight=6");
    assertThat(console.err()).doesNotContain("class_balance");
  }

  @Test
  void sftFirstTrainsBothPhasesInOneFolderWithTheSftModelAsReference() throws IOException {
    String[] phases = {"--sft_first=true", "--sft_learning_rate=2e-3", "--sft_num_train_epochs=2"};
    Path both = train("dpo", pairs, "both", phases);
    assertThat(console.out()).startsWith("sft: trained 2 steps").contains("\ntrained 2 steps");
    assertThat(console.err()).contains("the model after SFT");
    List<JsonNode> sft = metrics(both.resolve("sft"));
    assertThat(sft.get(1).get("loss").asDouble()).isLessThan(sft.get(0).get("loss").asDouble());
    assertThat(sft.get(0).get("learning_rate").asDouble()).isEqualTo(2e-3);
    // Policy and reference are both the model after SFT: only rounding is left of the margin.
    JsonNode first = metrics(both).get(0);
    assertThat(first.get("loss").asDouble()).isCloseTo(Math.log(2), within(1e-6));
    assertThat(both.resolve("sft").resolve("model.safetensors")).isNotEmptyFile();

    Path memory =
        train(
            "dpo",
            pairs,
            "memory",
            phases[0],
            phases[1],
            phases[2],
            "--precompute_ref_log_probs=false");
    assertThat(memory.resolve("model.safetensors"))
        .hasSameBinaryContentAs(both.resolve("model.safetensors"));
    Path apart = train("dpo", pairs, "apart", "--model_name_or_path=" + both.resolve("sft"));
    assertThat(apart.resolve("model.safetensors"))
        .hasSameBinaryContentAs(both.resolve("model.safetensors"));
  }

  @Test
  void aRunOfBothPhasesGoesOnFromACheckpointToTheSameModel() throws IOException {
    String[] whole = {"--sft_first=true", "--sft_learning_rate=2e-3", "--save_strategy=steps"};
    String batch = "--per_device_train_batch_size=4";
    Path both = train("dpo", pairs, "both", whole[0], whole[1], whole[2], "--save_steps=2", batch);
    Path part = folder.resolve("part");
    copy(both, part);
    Files.delete(part.resolve("model.safetensors"));
    deleteTree(part.resolve("checkpoint-4"));
    Path on =
        train(
            "dpo",
            pairs,
            "part",
            whole[0],
            whole[1],
            whole[2],
            "--save_steps=2",
            batch,
            "--resume_from_checkpoint=true");
    assertThat(on.resolve("model.safetensors"))
        .hasSameBinaryContentAs(both.resolve("model.safetensors"));
    for (String method : List.of("sft", "kto")) {
      Path data = method.equals("kto") ? answers : pairs;
      Path unbroken = train(method, data, method, "--save_strategy=steps", "--save_steps=2", batch);
      Path broken = folder.resolve(method + "-part");
      copy(unbroken, broken);
      Files.delete(broken.resolve("model.safetensors"));
      deleteTree(broken.resolve("checkpoint-4"));
      train(
          method,
          data,
          method + "-part",
          "--save_strategy=steps",
          "--save_steps=2",
          batch,
          "--resume_from_checkpoint=true");
      assertThat(broken.resolve("model.safetensors"))
          .hasSameBinaryContentAs(unbroken.resolve("model.safetensors"));
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  private static void deleteTree(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Test
  void theReferenceThatFollowsThePolicyMayRememberItsLogProbs() throws IOException {
    String[] follow = {"--sync_ref_model", "--ref_model_sync_steps=2", "--num_train_epochs=3"};
    String batch = "--per_device_train_batch_size=4";
    Path fresh = train("dpo", pairs, "fresh", follow[0], follow[1], batch);
    Path remembered =
        train("dpo", pairs, "kept", follow[0], follow[1], batch, "--precompute_ref_log_probs");
    assertSame(fresh, remembered, "loss", "rewards/margins");
  }

  @Test
  void columnsOfWeightMarginAndChanceReachTheLossOrAreRefused() throws IOException {
    Path plain = train("dpo", pairs, "plain");
    String rows = Files.readString(pairs);
    Path weighted =
        Files.writeString(
            folder.resolve("weighted.jsonl"), rows.replaceFirst("\\{", "{\"weight\": 3, "));
    Path out = train("dpo", weighted, "weighted");
    assertThat(metrics(out).get(1).get("loss")).isNotEqualTo(metrics(plain).get(1).get("loss"));
    Path margins =
        Files.writeString(folder.resolve("margin.jsonl"), rows.replace("{", "{\"margin\": 1, "));
    JsonNode first = metrics(train("dpo", margins, "margins")).get(0);
    // The reward is asked to lead by 1 and leads by 0: log(1 + e).
    assertThat(first.get("loss").asDouble()).isCloseTo(Math.log1p(Math.E), within(1e-5));
    Path unsure =
        Files.writeString(folder.resolve("p.jsonl"), rows.replace("{", "{\"p_chosen\": 0.5, "));
    JsonNode even = metrics(train("dpo", unsure, "unsure")).get(0);
    // A label that is a coin toss does not pull while policy and reference are equal.
    assertThat(even.get("grad_norm").asDouble()).isLessThan(1e-4);
    String[] hinge = {
      "dpo",
      "--model_name_or_path=" + model,
      "--dataset_name=" + margins,
      "--output_dir=" + folder.resolve("hinge"),
      "--loss_type=ipo"
    };
    assertThat(run(hinge)).isEqualTo(3);
    assertThat(console.err()).contains("margin", "ipo");
    Path broken =
        Files.writeString(folder.resolve("bad.jsonl"), rows.replace("{", "{\"p_chosen\": 2, "));
    hinge[2] = "--dataset_name=" + broken;
    assertThat(run(hinge)).isEqualTo(3);
    assertThat(console.err()).contains("p_chosen is a probability");
  }

  @Test
  void aChosenAnswerThatLosesProbabilityIsWarnedAboutByName() {
    train(
        "dpo",
        pairs,
        "falling",
        "--loss_type=apo_down",
        "--learning_rate=1e-2",
        "--displacement_limit=1e-6");
    assertThat(console.err()).contains("warning: displacement:", "dpop", "sft_first");
    assertThat(console.out()).contains("logps/chosen_shift");
  }

  @Test
  void optionsOfSftThatTheDataCannotHonourAreRefused() throws IOException {
    Path texts =
        Files.writeString(folder.resolve("texts.jsonl"), "{\"text\": \"a lantern burns\"}\n");
    String[] arguments = {
      "sft",
      "--model_name_or_path=" + model,
      "--dataset_name=" + texts,
      "--output_dir=" + folder.resolve("out"),
      "--completion_only_loss=true"
    };
    assertThat(run(arguments)).isEqualTo(2);
    assertThat(console.err()).contains("completion_only_loss", "no row has a prompt");
    arguments[4] = "--assistant_only_loss=true";
    assertThat(run(arguments)).isEqualTo(3);
    assertThat(console.err()).contains("assistant_only_loss needs messages");
  }

  @Test
  void theTrainersOfTheLibraryWriteTheSameModels() throws IOException {
    Path sft = train("sft", pairs, "sft");
    Path kto = train("kto", answers, "kto");
    String config = "learning_rate: 1e-3\nnum_train_epochs: 2\nlogging_steps: 1\noutput_dir: '%s'";
    try (Model policy = Model.load(model)) {
      SftTrainer.builder()
          .model(policy)
          .config(SftConfig.of(config.formatted(folder.resolve("sft-api"))))
          .trainDataset(TrainingData.read(pairs, "train"))
          .build()
          .train();
    }
    try (Model policy = Model.load(model)) {
      KtoTrainer.builder()
          .model(policy)
          .config(KtoConfig.of(config.formatted(folder.resolve("kto-api"))))
          .trainDataset(TrainingData.read(answers, "train"))
          .build()
          .train();
    }
    assertThat(folder.resolve("sft-api/model.safetensors"))
        .hasSameBinaryContentAs(sft.resolve("model.safetensors"));
    assertThat(folder.resolve("kto-api/model.safetensors"))
        .hasSameBinaryContentAs(kto.resolve("model.safetensors"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SftTrainer.builder().build())
        .withMessageContaining("SftTrainer needs model");
  }

  @Test
  void explainPrintsALossOrAllOfThem() {
    assertThat(run("explain", "ipo")).isZero();
    assertThat(console.out()).startsWith("ipo:").contains("At step 0", "2310.12036");
    assertThat(console.out().lines()).allMatch(line -> line.length() <= 100);
    assertThat(ExplainCommand.wrap("  Loss             one two three\n", 24))
        .isEqualTo("  Loss             one\n                   two\n                   three\n");
    assertThat(run("explain")).isZero();
    assertThat(console.out()).contains("sigmoid", "apo_zero_unpaired", "orpo");
    assertThat(run("explain", "ppo")).isEqualTo(2);
    assertThat(console.err()).contains("there is no loss \"ppo\"", "sigmoid");
  }

  @Test
  void theLabShowsWhatDpoConvergesTo() {
    assertThat(run("lab", "bandit", "--answers", "3")).as(console.err()).isZero();
    assertThat(console.out()).contains("total variation", "100,000", "margin of IPO");
    assertThat(run("lab", "bandit", "--answers", "1")).isEqualTo(2);
    assertThat(run("lab", "ppo", "--quick", "true", "--full", "true")).isEqualTo(2);
    assertThat(console.err()).contains("cannot be set together with full");
    assertThat(run("lab")).isEqualTo(2);
  }
}
