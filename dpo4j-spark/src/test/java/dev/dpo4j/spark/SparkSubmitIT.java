/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.api.AnswerOptions;
import dev.dpo4j.api.Generator;
import dev.dpo4j.api.KtoConfig;
import dev.dpo4j.api.KtoTrainer;
import dev.dpo4j.api.Model;
import dev.dpo4j.api.PreferenceData;
import dev.dpo4j.api.RewardConfig;
import dev.dpo4j.api.RewardTrainer;
import dev.dpo4j.api.SftConfig;
import dev.dpo4j.api.SftTrainer;
import dev.dpo4j.api.TrainingData;
import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.TrainingRows;
import dev.dpo4j.data.row.JsonRows;
import dev.dpo4j.data.token.TokenizeOptions;
import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.doctor.DataDoctor;
import dev.dpo4j.generate.SamplingOptions;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.nn.LogProbHead;
import dev.dpo4j.nn.TokenStats;
import dev.dpo4j.train.reference.ModelScorer;
import dev.dpo4j.train.reward.RewardRows;
import dev.dpo4j.train.reward.RewardScorer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/**
 * Two executors of a real distribution of Spark train and score with the jars that a cluster is
 * given: Spark's own Jackson is on their class path.
 */
class SparkSubmitIT extends SparkRuns {
  private static final Path PAGE = Path.of("..", "docs", "how-to", "spark.md");

  /** Float32 sums of some tens, which another number of threads may round otherwise. */
  private static final Offset<Double> ROUNDING = Offset.offset(1e-4);

  /**
   * What the session of the page leaves out: other methods, rows in another order, held-out rows.
   */
  private static final String METHODS =
      """
      import dev.dpo4j.api.{KtoConfig, SftConfig}

      val common = "model_name_or_path: model\\nper_device_train_batch_size: 2\\nlearning_rate: 1e-5\\nmax_steps: 4\\n"
      val two = SparkOptions.DEFAULT.withRanks(2)
      val spread = pairs.repartition(3)
      spread.write.json("exported")
      SparkTraining.train(spread, KtoConfig.of(common + "output_dir: kto"), two)

      val answered = spread.selectExpr("prompt", "chosen AS completion")
      val evaluated = common + "eval_strategy: steps\\neval_steps: 2\\noutput_dir: sft"
      SparkTraining.train(answered, answered.limit(3), SftConfig.of(evaluated), two.withOrderBy("prompt"))

      val examined = SparkDoctor.of(spread).evaluation(pairs.limit(2)).model("model", 128).score().examine()
      java.nio.file.Files.writeString(java.nio.file.Path.of("doctor.json"), examined.toJson)

      val rewarded = common + "eval_strategy: steps\\neval_steps: 2\\noutput_dir: reward"
      SparkTraining.train(spread, pairs.limit(3), RewardConfig.of(rewarded), two)
      SparkScore.answers(pairs.selectExpr("prompt", "chosen AS completion"), "reward", 128).write.json("scored-answers")
      """;

  /** All that the page writes in a language, which is one session. */
  private static String blocks(String language) throws IOException {
    Matcher found =
        Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(PAGE));
    String blocks = found.results().map(block -> block.group(1)).collect(Collectors.joining("\n"));
    assertThat(blocks).contains("SparkDpo", "SparkScore");
    return blocks;
  }

  @Test
  void theShellSessionOfThePageComputesWhatASingleProcessComputes() throws Exception {
    String log =
        shell(
            SparkDistribution.CLUSTER,
            List.of("--jars", SparkDistribution.jars()),
            blocks("scala") + "\n" + METHODS);
    assertThat(folder.resolve("trained").resolve(SparkTrial.WEIGHTS)).as(log).exists();
    assertThat(folder.resolve("trained/report.html")).exists();
    assertThat(folder.resolve("trained.spark")).as("the rows on shared storage").doesNotExist();

    Path alone = trial.alone("per_device_train_batch_size: 4", "max_steps: 5", "max_length: 128");
    // The sums over two ranks are rounded otherwise than those of one process.
    assertThat(SparkTrial.distance(alone, folder.resolve("trained"))).isLessThan(1e-6);
    assertThat(SparkTrial.distance(folder.resolve("model"), folder.resolve("trained")))
        .isGreaterThan(1e-6);
    compareWithTheModel();
    compareWithTheExportedRows();
    compareWithTheOrderedRows(log);
    compareWithTheRewardModel();
    compareWithTheTrainedRewardModel(log);
    compareWithTheScoredAnswers();
    compareWithTheLocalDoctor();
  }

  /** The lines are those of the command score, up to the rounding of sums. */
  private void compareWithTheRewardModel() throws IOException {
    List<Map<String, Object>> scored = rows(folder.resolve("scored"), ".txt");
    List<Map<String, Object>> expected = new ArrayList<>();
    try (LanguageModel model = LanguageModel.loadReward(folder.resolve("judge"));
        RewardScorer scorer = new RewardScorer(model, ComputeOptions.float32())) {
      new RewardRows(model.chat(), scorer, 128)
          .pairs(
              PreferenceRows.read(folder.resolve("pairs.jsonl")),
              (row, columns) -> expected.add(columns));
    }
    assertThat(scored).hasSameSizeAs(expected).hasSize(SparkTrial.ROWS);
    for (int row = 0; row < SparkTrial.ROWS; row++) {
      for (String name : List.of("score_chosen", "score_rejected")) {
        assertThat(number(scored.get(row), name))
            .isCloseTo(number(expected.get(row), name), ROUNDING);
      }
      for (String name : List.of("prompt", "chosen", "rejected")) {
        assertThat(scored.get(row).get(name)).isEqualTo(expected.get(row).get(name));
      }
    }
  }

  /** A reward model is trained as in a single process, its head included. */
  private void compareWithTheTrainedRewardModel(String log) throws IOException {
    Path output = folder.resolve("reward-alone");
    RewardConfig config = RewardConfig.of(ALONE + output);
    try (Model model = Model.loadForRewards(folder.resolve("model"), config)) {
      RewardTrainer.builder()
          .model(model)
          .config(config)
          .trainDataset(PreferenceData.read(folder.resolve("exported").resolve("part-*.json")))
          .build()
          .train();
    }
    assertThat(SparkTrial.distance(output, folder.resolve("reward"))).isLessThan(1e-6);
    assertThat(Files.readString(folder.resolve("reward/metrics.jsonl")))
        .as(log)
        .contains("eval_accuracy");
  }

  /** Single answers get the numbers that the command gives them, in the order of the rows. */
  private void compareWithTheScoredAnswers() throws IOException {
    List<Map<String, Object>> scored = rows(folder.resolve("scored-answers"));
    List<Map<String, Object>> answered =
        rows(folder, "pairs.jsonl").stream()
            .map(row -> Map.of("prompt", row.get("prompt"), "completion", row.get("chosen")))
            .toList();
    List<Map<String, Object>> expected = new ArrayList<>();
    try (LanguageModel model = LanguageModel.loadReward(folder.resolve("reward"));
        RewardScorer scorer = new RewardScorer(model, ComputeOptions.float32())) {
      new RewardRows(model.chat(), scorer, 128)
          .answers(TrainingRows.ofRows(answered), (row, columns) -> expected.add(columns));
    }
    assertThat(scored).hasSameSizeAs(expected).hasSize(SparkTrial.ROWS);
    for (int row = 0; row < SparkTrial.ROWS; row++) {
      assertThat(scored.get(row).get("row")).isEqualTo((long) row);
      assertThat(number(scored.get(row), "score"))
          .isCloseTo(number(expected.get(row), "score"), ROUNDING);
      assertThat(map(String.valueOf(scored.get(row).get("json"))))
          .containsEntry("prompt", expected.get(row).get("prompt"))
          .containsEntry("completion", expected.get(row).get("completion"));
    }
  }

  /** The report is that of the command data doctor on the exported rows, up to rounding. */
  private void compareWithTheLocalDoctor() throws IOException {
    List<String> lines = Files.readAllLines(folder.resolve("pairs.jsonl"));
    Path held = Files.write(folder.resolve("held.jsonl"), lines.subList(0, 2));
    Path exported =
        Files.write(folder.resolve("exported.jsonl"), lines(folder.resolve("exported"), ".json"));
    try (LanguageModel model = LanguageModel.load(folder.resolve("model"));
        CausalLm network = model.compute(ComputeOptions.float32())) {
      String local =
          DataDoctor.of(PreferenceRows.read(exported))
              .evaluation(PreferenceRows.read(held))
              .tokenizer(model.chat(), TokenizeOptions.ofMaxLength(128))
              .scorer(new ModelScorer(network))
              .examine()
              .toJson()
              .replace(exported.toString(), "Dataset")
              .replace(held.toString(), "evaluation");
      assertThat(places(map(Files.readString(folder.resolve("doctor.json")))))
          .isEqualTo(places(map(local)));
      assertThat(local).contains("leak_pair");
    }
  }

  /** What was found and where, and the facts, without numbers of the reference. */
  @SuppressWarnings("unchecked")
  private static List<Object> places(Map<String, Object> report) {
    Map<String, Object> facts = new TreeMap<>((Map<String, Object>) report.get("facts"));
    assertThat(facts.remove("reference")).as("the reference").isNotNull();
    List<Object> found = new ArrayList<>(List.of(facts, report.get("rows")));
    for (Map<String, Object> finding : (List<Map<String, Object>>) report.get("findings")) {
      List<Map<String, Object>> examples = (List<Map<String, Object>>) finding.get("examples");
      found.add(finding.get("id") + " " + finding.get("count"));
      examples.forEach(example -> found.add(example.get("where")));
    }
    return found;
  }

  private static final String ALONE =
      "per_device_train_batch_size: 4\nlearning_rate: 1e-5\nmax_steps: 4\noutput_dir: ";

  /** Rows of several partitions are in the order of the partitions. */
  private void compareWithTheExportedRows() {
    Path output = folder.resolve("kto-alone");
    try (Model model = Model.load(folder.resolve("model"))) {
      KtoTrainer.builder()
          .model(model)
          .config(KtoConfig.of(ALONE + output))
          .trainDataset(TrainingData.read(folder.resolve("exported").resolve("part-*.json")))
          .build()
          .train();
    }
    assertThat(SparkTrial.distance(output, folder.resolve("kto"))).isLessThan(1e-6);
    assertThat(SparkTrial.distance(folder.resolve("model"), output)).isGreaterThan(1e-6);
  }

  /** A column decides the order, whatever the partitions are. */
  private void compareWithTheOrderedRows(String log) throws IOException {
    Path output = folder.resolve("sft-alone");
    List<Map<String, Object>> ordered =
        rows(folder.resolve("exported")).stream()
            .map(row -> Map.of("prompt", row.get("prompt"), "completion", row.get("chosen")))
            .sorted(Comparator.comparing(row -> String.valueOf(row.get("prompt"))))
            .toList();
    try (Model model = Model.load(folder.resolve("model"))) {
      SftTrainer.builder()
          .model(model)
          .config(SftConfig.of(ALONE + output))
          .trainDataset(TrainingData.ofRows(ordered))
          .build()
          .train();
    }
    assertThat(SparkTrial.distance(output, folder.resolve("sft"))).isLessThan(1e-6);
    assertThat(SparkTrial.distance(folder.resolve("model"), output)).isGreaterThan(1e-6);
    assertThat(Files.readString(folder.resolve("sft/metrics.jsonl"))).as(log).contains("eval_loss");
  }

  /** What the executors computed is what the trained model says here. */
  private void compareWithTheModel() throws IOException {
    List<Map<String, Object>> scored = rows(folder.resolve("logps"));
    List<Map<String, Object>> answers = rows(folder.resolve("answers"));
    assertThat(scored).hasSize(SparkTrial.ROWS);
    assertThat(answers).hasSize(SparkTrial.ROWS);
    try (LanguageModel model = LanguageModel.load(folder.resolve("trained"));
        CausalLm network = model.compute(ComputeOptions.float32())) {
      List<TokenizedPair> pairs =
          PreferenceRows.read(folder.resolve("pairs.jsonl"))
              .tokenize(model.chat(), TokenizeOptions.ofMaxLength(128))
              .pairs();
      for (int row = 0; row < SparkTrial.ROWS; row++) {
        TokenizedPair pair = pairs.get(row);
        FlatBatch batch =
            FlatBatch.of(
                List.of(
                    FlatBatch.Tree.pair(pair.promptIds(), pair.chosenIds(), pair.rejectedIds())));
        TokenStats stats = network.score(batch, LogProbHead.Want.LOGPS);
        assertThat(scored.get(row).get("row")).isEqualTo((long) row);
        assertThat(number(scored.get(row), "chosen_logp"))
            .isCloseTo(stats.sumLogps(batch.entryStart(0), batch.entryEnd(0)), ROUNDING);
        assertThat(number(scored.get(row), "rejected_logp"))
            .isCloseTo(stats.sumLogps(batch.entryStart(1), batch.entryEnd(1)), ROUNDING);
      }
      try (Generator generator = Generator.of(model, ComputeOptions.float32(), 4)) {
        List<String> prompts =
            IntStream.range(0, SparkTrial.ROWS)
                .mapToObj("lantern %d in the river"::formatted)
                .toList();
        List<List<String>> expected =
            generator.generateAll(prompts, AnswerOptions.of(SamplingOptions.greedy(8))).stream()
                .map(answer -> List.of(answer.text()))
                .toList();
        assertThat(answers.stream().map(row -> row.get("responses")).toList()).isEqualTo(expected);
      }
    }
  }

  private static double number(Map<String, Object> row, String name) {
    return ((Number) row.get(name)).doubleValue();
  }

  @Test
  void anExecutorThatIsKilledCostsOnlyTheStepsSinceTheCheckpoint() throws Exception {
    Path output = folder.resolve("killed");
    String arguments =
        "dpo --model_name_or_path model --dataset_name pairs.jsonl --output_dir killed --spark_ranks 2"
            + " --per_device_train_batch_size 1 --num_train_epochs 20 --save_steps 2 --save_total_limit 2"
            + " --learning_rate 1e-5 --ddp_timeout 60";
    Process application =
        submit(SparkDistribution.CLUSTER, SparkDistribution.submission(arguments.split(" ")));
    killAnExecutor(application, output);
    String log = ended(application, 0);
    assertThat(log).contains("120 steps on 12 rows by 2 ranks").contains("started anew 1 times");

    Path alone = trial.alone("per_device_train_batch_size: 2", "num_train_epochs: 20");
    // As above; a step that was lost or done twice would show in the third digit.
    assertThat(SparkTrial.distance(alone, output)).isLessThan(1e-6);
  }

  @Test
  void aRowAtFaultEndsTheRunWithItsFileAndLine() throws Exception {
    Files.writeString(
        folder.resolve("bad.jsonl"),
        """
        {"prompt": "lantern", "chosen": " in", "rejected": " the"}
        {"prompt": "lantern", "chosen": " in"}
        """);
    String arguments =
        "dpo --model_name_or_path model --dataset_name bad.jsonl --output_dir failed --spark_ranks 1";
    String log = ended(submit("local[1]", SparkDistribution.submission(arguments.split(" "))), 1);
    Path rows = folder.resolve("failed.spark/rows/train/part-00000000.jsonl");
    assertThat(log)
        .contains("error: The run failed: " + rows + ", line 2: the column \"rejected\"");
    assertThat(rows).as("what the message names").exists();
  }

  /** Ends an executor at once, when a checkpoint is there. */
  private static void killAnExecutor(Process application, Path output) throws Exception {
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(10);
    while (!hasCheckpoint(output)) {
      assertThat(application.isAlive() && System.nanoTime() < end).isTrue();
      Thread.sleep(20);
    }
    ProcessHandle executor =
        application
            .descendants()
            .filter(
                process ->
                    process
                        .info()
                        .commandLine()
                        .orElse("")
                        .contains("CoarseGrainedExecutorBackend"))
            .findFirst()
            .orElseThrow();
    executor.destroyForcibly();
  }

  private static boolean hasCheckpoint(Path output) throws IOException {
    if (!Files.isDirectory(output)) {
      return false;
    }
    try (Stream<Path> files = Files.list(output)) {
      return files.anyMatch(file -> file.getFileName().toString().matches("checkpoint-\\d+"));
    }
  }

  /** The rows that Spark wrote, in the order of its files. */
  private static List<Map<String, Object>> rows(Path written) throws IOException {
    return rows(written, ".json");
  }

  private static List<Map<String, Object>> rows(Path written, String ending) throws IOException {
    return lines(written, ending).stream().map(SparkSubmitIT::map).toList();
  }

  private static List<String> lines(Path written, String ending) throws IOException {
    try (Stream<Path> files = Files.list(written)) {
      List<String> lines = new ArrayList<>();
      for (Path file : files.filter(part -> part.toString().endsWith(ending)).sorted().toList()) {
        lines.addAll(Files.readAllLines(file));
      }
      return lines;
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(String line) {
    return (Map<String, Object>) JsonRows.parse(line);
  }
}
