/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.demo;

import dev.dpo4j.data.ExampleDataset;
import dev.dpo4j.data.PreferenceData;
import dev.dpo4j.data.PreferenceDataset;
import dev.dpo4j.data.SupervisedOptions;
import dev.dpo4j.data.TokenizeOptions;
import dev.dpo4j.data.TrainingData;
import dev.dpo4j.metrics.JsonlSink;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.optim.AdamW;
import dev.dpo4j.optim.LrSchedule;
import dev.dpo4j.optim.LrSchedulerType;
import dev.dpo4j.optim.ScheduleOptions;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.train.DpoConfig;
import dev.dpo4j.train.DpoRun;
import dev.dpo4j.train.Interval;
import dev.dpo4j.train.SamplingStrategy;
import dev.dpo4j.train.SaveStrategy;
import dev.dpo4j.train.SftTask;
import dev.dpo4j.train.StepPlan;
import dev.dpo4j.train.TrainListener;
import dev.dpo4j.train.TrainLoop;
import dev.dpo4j.train.TrainResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * The demo as a program: a fresh model, SFT on a forum and the chosen answers, then DPO.
 *
 * <p>Everything it makes stands below one folder: {@code data}, {@code fresh}, {@code sft} and
 * {@code dpo}, the last three in Hugging Face layout. What stands there from an earlier run is
 * replaced.
 */
public final class DemoRun {
  private final Path folder;
  private final Settings settings;
  private final DemoData data;
  private final BooleanSupplier stopRequested;

  /**
   * How long and how hard to train.
   *
   * @param seed of data, weights and order
   * @param sftEpochs passes over forum and chosen answers
   * @param sftBatch dialogues of an SFT step
   * @param sftLearningRate top of the cosine schedule of SFT
   * @param dpoEpochs passes over the preference pairs
   * @param dpoLearningRate top of the linear schedule of DPO
   * @param beta of the DPO loss
   */
  public record Settings(
      long seed,
      double sftEpochs,
      int sftBatch,
      double sftLearningRate,
      double dpoEpochs,
      double dpoLearningRate,
      double beta) {
    /** What the README and the tutorial show. */
    public static final Settings DEFAULT = new Settings(1, 3, 16, 4e-3, 3, 1e-4, 0.1);
  }

  /**
   * Prepares a run; nothing is written yet.
   *
   * @param folder where everything goes
   * @param stopRequested asked before each step whether to stop
   */
  public DemoRun(Path folder, Settings settings, BooleanSupplier stopRequested) {
    this.folder = folder;
    this.settings = settings;
    this.data = DemoData.create(settings.seed());
    this.stopRequested = stopRequested;
  }

  /** The texts and pairs of the demo. */
  public DemoData data() {
    return data;
  }

  /** The folder of the trained model. */
  public Path modelFolder() {
    return folder.resolve("dpo");
  }

  /** The folder of the model before DPO, which is also the reference. */
  public Path sftFolder() {
    return folder.resolve("sft");
  }

  /** The folder of the data as JSONL files. */
  public Path dataFolder() {
    return folder.resolve("data");
  }

  private Path freshFolder() {
    return folder.resolve("fresh");
  }

  /** Writes the data and a model with random weights. */
  public void prepare() throws IOException {
    data.write(dataFolder());
    FreshModel.write(freshFolder(), data.texts(), settings.seed());
  }

  /** Trains the fresh model on the forum and the chosen answers. */
  public TrainResult sft(TrainListener listener) throws IOException {
    Files.createDirectories(sftFolder());
    Path metrics = sftFolder().resolve(JsonlSink.FILE_NAME);
    Files.deleteIfExists(metrics);
    try (LanguageModel model = LanguageModel.load(freshFolder())) {
      ExampleDataset examples =
          TrainingData.read(dataFolder().resolve("sft.jsonl"), "train")
              .tokenizeSupervised(model.chat(), SupervisedOptions.ofMaxLength(null));
      StepPlan plan =
          new StepPlan(
              examples.size(),
              settings.sftBatch(),
              1,
              SamplingStrategy.RANDOM,
              settings.seed(),
              false,
              settings.sftEpochs(),
              -1);
      LrSchedule schedule =
          new ScheduleOptions(LrSchedulerType.COSINE, Map.of(), 20, null)
              .schedule(settings.sftLearningRate(), plan.maxSteps());
      TrainResult result;
      try (CausalLm network = model.compute(ComputeOptions.float32());
          AdamW optimizer =
              new AdamW(model.parameters(), new AdamW.Hyperparameters(0.9, 0.95, 1e-8, 0));
          JsonlSink sink = new JsonlSink(metrics)) {
        TrainLoop.Settings loop =
            new TrainLoop.Settings(1.0, Interval.STEPS, 10, true, Interval.NO, 1, false);
        SftTask task = new SftTask(network, examples.examples(), List.of());
        result =
            new TrainLoop(
                    task, optimizer, schedule, plan, loop, List.of(sink), listener, stopRequested)
                .run();
      }
      model.save(sftFolder(), DType.FLOAT32);
      return result;
    }
  }

  /** Trains the model of {@link #sft} on the preference pairs, against itself as it was. */
  public TrainResult dpo(TrainListener listener) {
    DpoConfig config =
        DpoConfig.builder()
            .modelNameOrPath(sftFolder().toString())
            .datasetName(dataFolder().resolve("train.jsonl").toString())
            .evalDataset(dataFolder().resolve("held-out.jsonl").toString())
            .evalStrategy(Interval.STEPS)
            .evalSteps(25)
            .outputDir(modelFolder())
            .overwriteOutputDir(true)
            .saveStrategy(SaveStrategy.NO)
            .beta(settings.beta())
            .learningRate(settings.dpoLearningRate())
            .perDeviceTrainBatchSize(8)
            .numTrainEpochs(settings.dpoEpochs())
            .loggingSteps(5)
            .loggingFirstStep(true)
            .seed(settings.seed())
            .build();
    try (LanguageModel policy = LanguageModel.load(sftFolder())) {
      TokenizeOptions options = TokenizeOptions.ofMaxLength(null);
      PreferenceDataset train = pairs("train.jsonl", policy, options);
      PreferenceDataset heldOut = pairs("held-out.jsonl", policy, options);
      DpoRun.Parts parts = new DpoRun.Parts(policy, null, train, heldOut);
      return new DpoRun(parts, config, listener, stopRequested).run();
    }
  }

  private PreferenceDataset pairs(String file, LanguageModel model, TokenizeOptions options) {
    return PreferenceData.read(dataFolder().resolve(file)).tokenize(model.chat(), options);
  }

  /** Asks a model of this run all held-out questions. */
  public DemoExam examine(Path model) {
    return DemoExam.take(model, dataFolder().resolve("held-out.jsonl"), data);
  }
}
