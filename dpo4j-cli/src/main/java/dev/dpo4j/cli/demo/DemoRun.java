/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.demo;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.api.FreshModel;
import dev.dpo4j.api.SftConfig;
import dev.dpo4j.config.value.FlagSource;
import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.TrainingRows;
import dev.dpo4j.data.token.ExampleDataset;
import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.data.token.TokenizeOptions;
import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.report.run.RunReader;
import dev.dpo4j.train.dpo.DpoRun;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.options.Interval;
import dev.dpo4j.train.options.SaveStrategy;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.sft.SftRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

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
  public TrainResult sft(TrainListener listener) {
    Path data = dataFolder().resolve("sft.jsonl");
    List<String> flags = new ArrayList<>();
    Map.of(
            "model_name_or_path",
            freshFolder(),
            "dataset_name",
            data,
            "output_dir",
            sftFolder(),
            "overwrite_output_dir",
            true,
            "max_length",
            "null",
            "learning_rate",
            settings.sftLearningRate(),
            "adam_beta2",
            0.95,
            "seed",
            settings.seed())
        .forEach((key, value) -> flags.add("--" + key + "=" + value));
    Map.of(
            "lr_scheduler_type",
            "cosine",
            "warmup_steps",
            20,
            "save_strategy",
            "no",
            "per_device_train_batch_size",
            settings.sftBatch(),
            "num_train_epochs",
            settings.sftEpochs(),
            "logging_steps",
            10,
            "logging_first_step",
            true)
        .forEach((key, value) -> flags.add("--" + key + "=" + value));
    SftConfig config = SftConfig.binder().bind(List.of(), FlagSource.parse(flags)).value();
    try (LanguageModel model = LanguageModel.load(freshFolder())) {
      ExampleDataset examples =
          TrainingRows.read(data, "train")
              .tokenizeSupervised(model.chat(), config.data().supervisedOptions());
      SftRun.Parts parts = new SftRun.Parts(model, examples, null);
      return SftRun.of(parts, config, RunHooks.of(listener, stopRequested)).run();
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
            // Its pairs come from the model's own forum; the plots show what the guard would.
            .displacementLimit(null)
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
      return DpoRun.of(parts, config, RunHooks.of(listener, stopRequested)).run();
    }
  }

  private PreferenceDataset pairs(String file, LanguageModel model, TokenizeOptions options) {
    return PreferenceRows.read(dataFolder().resolve(file)).tokenize(model.chat(), options);
  }

  /**
   * Asks a model of this run all held-out questions.
   *
   * @return null where it was asked to stop before the last one
   */
  public @Nullable DemoExam examine(Path model) {
    return DemoExam.take(model, dataFolder().resolve("held-out.jsonl"), data, stopRequested);
  }

  /** Writes the answers before and after DPO into the run folder, for its report. */
  public void keepAnswers(DemoExam before, DemoExam after, long steps) throws IOException {
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < data.heldOut().size(); i++) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("step", steps);
      row.put("prompt", data.heldOut().get(i).prompt());
      row.put("reference", before.answers().get(i));
      row.put("policy", after.answers().get(i));
      rows.append(JsonMapper.shared().writeValueAsString(row)).append('\n');
    }
    AtomicFile.writeString(modelFolder().resolve(RunReader.COMPLETIONS), rows.toString());
  }
}
