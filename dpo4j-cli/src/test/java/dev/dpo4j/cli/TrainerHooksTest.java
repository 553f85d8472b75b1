/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.api.DpoConfigBuilder;
import dev.dpo4j.api.DpoTrainer;
import dev.dpo4j.api.KtoConfig;
import dev.dpo4j.api.KtoTrainer;
import dev.dpo4j.api.Model;
import dev.dpo4j.api.PreferenceData;
import dev.dpo4j.api.SftConfig;
import dev.dpo4j.api.SftTrainer;
import dev.dpo4j.api.TrainingData;
import dev.dpo4j.cli.demo.TinyModel;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.loss.FDivergence;
import dev.dpo4j.loss.objective.LossType;
import dev.dpo4j.loss.pair.SigmoidLoss;
import dev.dpo4j.metrics.MetricSink;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.optim.Optimizer;
import dev.dpo4j.optim.OptimizerFactory;
import dev.dpo4j.optim.OptimizerName;
import dev.dpo4j.optim.OptimizerOptions;
import dev.dpo4j.optim.ParameterRates;
import dev.dpo4j.optim.schedule.LrSchedulerType;
import dev.dpo4j.train.loop.RunPlan;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.options.Interval;
import dev.dpo4j.train.options.SaveStrategy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a program can bring to a run of the library beside its configuration. */
class TrainerHooksTest {
  private static final PreferenceData PAIRS =
      PreferenceData.ofTexts(
          List.of("a lantern", "the window", "a boat", "the rain"),
          List.of(" in a window", " is open", " on the water", " falls"),
          List.of(" x", " y", " z", " w"));

  @TempDir private Path folder;
  private Path start;
  private int runs;

  @BeforeEach
  void aModel() throws IOException {
    start = TinyModel.write(folder);
  }

  private DpoConfigBuilder config() {
    return DpoConfig.builder()
        .outputDir(folder.resolve("run" + runs++))
        .learningRate(1e-3)
        .perDeviceTrainBatchSize(2)
        .numTrainEpochs(2)
        .loggingSteps(1)
        .saveStrategy(SaveStrategy.NO);
  }

  private TrainResult train(DpoConfig config, UnaryOperator<DpoTrainer.Builder> more) {
    try (Model model = Model.load(start)) {
      DpoTrainer.Builder builder =
          DpoTrainer.builder().model(model).config(config).trainDataset(PAIRS);
      return more.apply(builder).build().train();
    }
  }

  private static SigmoidLoss sigmoid(double beta) {
    return new SigmoidLoss(beta, FDivergence.REVERSE_KL);
  }

  @Test
  void anOwnLossOfAKnownFormulaTrainsAsTheKnownOne() {
    TrainResult known = train(config().beta(0.2).build(), builder -> builder);
    TrainResult own =
        train(config().beta(0.2).build(), builder -> builder.loss("mine", sigmoid(0.2)));
    assertThat(own.log()).isEqualTo(known.log()).hasSize(4);
    assertThat(folder.resolve("run1").resolve("README.md")).content().contains("mine");
  }

  @Test
  void anOwnOptimizerAndScheduleTrainAsThoseOfTheSameRule() {
    TrainResult known =
        train(
            config().optim(OptimizerName.SGD).lrSchedulerType(LrSchedulerType.CONSTANT).build(),
            builder -> builder);
    OptimizerOptions sgd = DpoConfig.builder().optim(OptimizerName.SGD).build().optimizer();
    TrainResult own =
        train(
            config().build(),
            builder -> builder.optimizer(sgd::create).schedule((rate, steps) -> step -> rate));
    assertThat(own.log()).isEqualTo(known.log());
  }

  /** Stops after the first of four steps, or goes on from there. */
  private TrainResult half(UnaryOperator<DpoTrainer.Builder> hooks, boolean first) {
    DpoConfig config =
        DpoConfig.builder()
            .outputDir(folder.resolve("kept"))
            .perDeviceTrainBatchSize(2)
            .numTrainEpochs(2)
            .saveStrategy(SaveStrategy.STEPS)
            .saveSteps(1)
            .resumeFromCheckpoint("auto")
            .build();
    try (Model model = Model.load(start)) {
      DpoTrainer[] trainer = new DpoTrainer[1];
      trainer[0] =
          hooks
              .apply(
                  DpoTrainer.builder()
                      .model(model)
                      .config(config)
                      .trainDataset(PAIRS)
                      .onStep(
                          step -> {
                            if (first) {
                              trainer[0].stop();
                            }
                          }))
              .build();
      return trainer[0].train();
    }
  }

  @Test
  void aRunGoesOnOnlyWithWhatTheProgramBroughtWhenItBegan() {
    OptimizerOptions sgd = DpoConfig.builder().optim(OptimizerName.SGD).build().optimizer();
    OptimizerOptions lion = DpoConfig.builder().optim(OptimizerName.LION).build().optimizer();
    UnaryOperator<DpoTrainer.Builder> same =
        builder ->
            builder
                .loss("mine", sigmoid(0.2))
                .optimizer(sgd::create)
                .schedule((rate, steps) -> step -> rate);
    assertThat(half(same, true).steps()).isEqualTo(1);
    assertRefused(builder -> same.apply(builder).loss("mine", sigmoid(0.3)), "loss of the program");
    assertRefused(builder -> same.apply(builder).optimizer(lion::create), "optimizer");
    assertRefused(
        builder -> same.apply(builder).schedule((rate, steps) -> step -> rate / 2),
        "schedule of the program");
    assertThat(half(same, false).steps()).isEqualTo(4);
  }

  private void assertRefused(UnaryOperator<DpoTrainer.Builder> hooks, String what) {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> half(hooks, false))
        .withMessageContaining(what)
        .withMessageContaining("began with");
  }

  @Test
  void theMemoryPlanReckonsWithTheStateOfAnOwnOptimizer() {
    OptimizerOptions sgd = DpoConfig.builder().optim(OptimizerName.SGD).build().optimizer();
    OptimizerFactory frugal =
        new OptimizerFactory() {
          @Override
          public Optimizer create(ParameterStore trained, ParameterRates rates) {
            return sgd.create(trained, rates);
          }

          @Override
          public long stateBytes(ParameterStore trained) {
            return 17;
          }
        };
    List<RunPlan> plans = new ArrayList<>();
    TrainListener listener =
        new TrainListener() {
          @Override
          public void onPlan(RunPlan plan) {
            plans.add(plan);
          }
        };
    train(config().build(), builder -> builder.optimizer(frugal).listener(listener));
    assertThat(plans)
        .singleElement()
        .satisfies(plan -> assertThat(plan.memory().optimizer()).isEqualTo(17));
  }

  @Test
  void optionsThatAHookTakesTheEffectFromAreRefused() {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(
            () ->
                train(
                    config()
                        .optim(OptimizerName.LION)
                        .lrSchedulerType(LrSchedulerType.COSINE)
                        .build(),
                    builder ->
                        builder
                            .optimizer(config().build().optimizer()::create)
                            .schedule((rate, steps) -> step -> rate)))
        .satisfies(e -> assertThat(e.faults()).hasSize(2))
        .withMessageContaining("optimizer of the program")
        .withMessageContaining("schedule of the program");
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(
            () ->
                train(
                    config().lossType(LossType.HINGE).build(),
                    builder -> builder.loss("mine", sigmoid(0.1))))
        .withMessageContaining("mine");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DpoTrainer.builder().loss("hinge", sigmoid(0.1)))
        .withMessageContaining("hinge");
  }

  @Test
  void aSinkHearsEveryLineOnceAndStaysOpen() {
    List<TrainResult.LogLine> heard = new ArrayList<>();
    boolean[] closed = {false};
    MetricSink sink =
        new MetricSink() {
          @Override
          public void log(long step, double epoch, Map<String, Double> metrics) {
            heard.add(new TrainResult.LogLine(step, epoch, metrics));
          }

          @Override
          public void close() {
            closed[0] = true;
          }
        };
    TrainResult result =
        train(
            config().evalStrategy(Interval.EPOCH).build(),
            builder -> builder.metricSink(sink).evalDataset(PAIRS));
    assertThat(heard).isEqualTo(result.log()).hasSize(6);
    assertThat(closed[0]).isFalse();
    List<TrainResult.LogLine> read =
        TrainResult.LogLine.read(folder.resolve("run0").resolve("metrics.jsonl"));
    assertThat(read).hasSameSizeAs(heard);
    assertThat(read.get(1).metrics()).containsEntry("loss", heard.get(1).metrics().get("loss"));
  }

  @Test
  void anotherThreadStopsATrainingAfterTheStepAtHand() {
    try (Model model = Model.load(start)) {
      DpoTrainer[] trainer = new DpoTrainer[1];
      trainer[0] =
          DpoTrainer.builder()
              .model(model)
              .config(config().build())
              .trainDataset(PAIRS)
              .onStep(step -> join(new Thread(() -> trainer[0].stop())))
              .build();
      TrainResult result = trainer[0].train();
      assertThat(result.stopped()).isTrue();
      assertThat(result.steps()).isEqualTo(1);
    }
    assertThat(folder.resolve("run0").resolve("model.safetensors")).exists();
  }

  private static void join(Thread thread) {
    thread.start();
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void anEvaluationBeforeAndAfterTrainingGivesTheNumbersOfTheLog() {
    try (Model model = Model.load(start)) {
      DpoTrainer trainer =
          DpoTrainer.builder()
              .model(model)
              .config(config().evalStrategy(Interval.EPOCH).build())
              .trainDataset(PAIRS)
              .evalDataset(PAIRS)
              .build();
      assertThat(trainer.evaluate())
          .containsEntry("eval_loss", Math.log(2))
          .containsEntry("eval_rewards/margins", 0.0);
      assertThat(folder.resolve("run0")).doesNotExist();
      TrainResult result = trainer.train();
      Map<String, Double> last = result.log().get(result.log().size() - 1).metrics();
      trainer.evaluate().forEach((name, value) -> assertThat(last).containsEntry(name, value));
    }
  }

  @Test
  void anAdapterIsEvaluatedAgainstItsBase() {
    try (Model model = Model.load(start)) {
      DpoTrainer trainer =
          DpoTrainer.builder()
              .model(model)
              .config(config().usePeft(true).loraDropout(0).evalStrategy(Interval.EPOCH).build())
              .trainDataset(PAIRS)
              .evalDataset(PAIRS)
              .build();
      assertThat(trainer.evaluate()).containsEntry("eval_loss", Math.log(2));
      TrainResult result = trainer.train();
      Map<String, Double> last = result.log().get(result.log().size() - 1).metrics();
      assertThat(trainer.evaluate()).containsEntry("eval_loss", last.get("eval_loss"));
      assertThat(last.get("eval_loss")).isLessThan(Math.log(2));
    }
  }

  @Test
  void theOtherTrainersEvaluateToo() throws IOException {
    TrainingData rows =
        TrainingData.ofRows(
            List.of(
                Map.of("prompt", "a lantern", "completion", " in a window", "label", true),
                Map.of("prompt", "the rain", "completion", " no idea", "label", false)));
    try (Model model = Model.load(start)) {
      KtoTrainer kto =
          KtoTrainer.builder()
              .model(model)
              .config(KtoConfig.builder().outputDir(folder.resolve("kto")).build())
              .trainDataset(rows)
              .evalDataset(rows)
              .build();
      // At the reference every answer's loss is 1 - sigmoid(0).
      assertThat(kto.evaluate().get("eval_loss")).isCloseTo(0.5, within(1e-9));
      SftTrainer sft =
          SftTrainer.builder()
              .model(model)
              .config(SftConfig.builder().outputDir(folder.resolve("sft")).build())
              .trainDataset(rows)
              .build();
      assertThatIllegalStateException()
          .isThrownBy(sft::evaluate)
          .withMessageContaining("evalDataset");
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> String.valueOf(file.getFileName())))
          .doesNotContain("kto", "sft");
    }
  }

  @Test
  void theLogProbsOfAModelAddUpToThoseOfItsPairs() {
    try (Model model = Model.load(start)) {
      int[] prompt = model.tokenizer().encode("a lantern", false);
      double[] tokens = model.logProbs(prompt, model.tokenizer().encode(" x", false));
      PreferenceData one =
          PreferenceData.ofTexts(List.of("a lantern"), List.of(" x"), List.of(" y"));
      double sum = model.logProbs(one, null).get(0).chosen();
      double eos = sum - Arrays.stream(tokens).sum();
      // What is left is the log-probability of the token that ends the answer.
      assertThat(eos).isNegative();
      assertThat(Arrays.stream(tokens).max().orElseThrow()).isNegative();
    }
  }

  @Test
  void aMetricOfTheProgramIsComputedAtEachEvaluationAndCanDecideWhichModelIsBest() {
    List<Double> found = new ArrayList<>();
    try (Model model = Model.load(start)) {
      DpoTrainer trainer =
          DpoTrainer.builder()
              .model(model)
              .config(
                  config()
                      .evalStrategy(Interval.STEPS)
                      .evalSteps(1)
                      .saveStrategy(SaveStrategy.BEST)
                      .metricForBestModel("surprise")
                      .greaterIsBetter(false)
                      .build())
              .trainDataset(PAIRS)
              .evalDataset(PAIRS)
              .evalMetric(
                  "surprise",
                  policy -> {
                    double sum =
                        -Arrays.stream(policy.logProbs(new int[] {1, 2}, new int[] {3, 4})).sum();
                    found.add(sum);
                    return sum;
                  })
              .build();
      TrainResult result = trainer.train();
      List<Double> logged =
          result.log().stream()
              .filter(line -> line.metrics().containsKey("eval_surprise"))
              .map(line -> line.metrics().get("eval_surprise"))
              .toList();
      assertThat(logged).hasSize(4).isEqualTo(found);
      assertThat(logged.get(3)).isNotEqualTo(logged.get(0));
      assertThat(trainer.evaluate()).containsKey("eval_surprise");
    }
  }

  @Test
  void aMetricOfTheProgramIsRefusedWhereNothingIsEvaluated() {
    try (Model model = Model.load(start)) {
      DpoTrainer trainer =
          DpoTrainer.builder()
              .model(model)
              .config(config().build())
              .trainDataset(PAIRS)
              .evalMetric("surprise", policy -> 1)
              .build();
      assertThatExceptionOfType(ConfigException.class)
          .isThrownBy(trainer::train)
          .withMessageContaining("surprise");
    }
  }
}
