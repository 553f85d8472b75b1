/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import dev.dpo4j.config.ConfigException;
import dev.dpo4j.config.Fault;
import dev.dpo4j.data.PreferenceData;
import dev.dpo4j.data.PreferenceDataset;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.tokenizer.HfTokenizer;
import dev.dpo4j.train.DpoConfig;
import dev.dpo4j.train.DpoRun;
import dev.dpo4j.train.Interval;
import dev.dpo4j.train.ResumePoint;
import dev.dpo4j.train.TrainResult;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** Trains with Direct Preference Optimization. */
@Command(
    name = "dpo",
    description = {
      "Train a model with Direct Preference Optimization.",
      "",
      "The keys are those of TRL's DPOConfig; a TRL YAML file runs. Ctrl-C finishes the step, saves",
      "and exits with 130; SIGTERM does the same and exits with 75. --resume_from_checkpoint auto",
      "goes on where a run was stopped or killed."
    })
final class DpoCommand extends BoundCommand<DpoConfig> {
  private final Console console;
  private final Interruption interruption;

  DpoCommand(Console console, Interruption interruption) {
    super(DpoConfig.binder(), "model_name_or_path", "dataset_name", "output_dir");
    this.console = console;
    this.interruption = interruption;
  }

  @Override
  ExitCode run(DpoConfig config) throws IOException {
    Path output = Objects.requireNonNull(config.output().outputDir());
    prepare(output, config);
    interruption.listen();
    Path folder = Path.of(Objects.requireNonNull(config.model().modelNameOrPath()));
    // The data are read before the weights: their faults are the commonest, and show at once.
    PreferenceDataset train;
    @Nullable PreferenceDataset eval;
    try (HfTokenizer tokenizer = HfTokenizer.load(folder)) {
      String name = Objects.requireNonNull(config.data().datasetName());
      train = read(tokenizer, config, Path.of(name), config.data().datasetTrainSplit());
      eval = evaluation(tokenizer, config);
    }
    if (interruption.requested()) {
      return interruption.exitCode();
    }
    EngineRoute.choose();
    @Nullable String second = config.model().refModelNameOrPath();
    RunProgress progress = new RunProgress(console, Clock.systemUTC());
    try (LanguageModel policy = LanguageModel.load(folder);
        @Nullable LanguageModel reference =
            second == null ? null : LanguageModel.load(Path.of(second))) {
      DpoRun.Parts parts = new DpoRun.Parts(policy, reference, train, eval);
      TrainResult result = new DpoRun(parts, config, progress, interruption::requested).run();
      progress.finish();
      console.out().print(RunSummary.of(output, result));
      return result.stopped() ? interruption.exitCode() : ExitCode.DONE;
    } finally {
      progress.finish();
    }
  }

  private static void prepare(Path output, DpoConfig config) throws IOException {
    try {
      boolean overwrite = config.output().overwriteOutputDir();
      ResumePoint.lookAhead(output, overwrite, config.save(), config.toYaml());
    } catch (FileAlreadyExistsException e) {
      String reason = String.valueOf(e.getReason());
      throw new ConfigException(new Fault("output_dir", output.toString(), reason));
    }
  }

  private PreferenceDataset read(HfTokenizer tokenizer, DpoConfig config, Path file, String split) {
    PreferenceDataset dataset =
        PreferenceData.read(file, split)
            .tokenize(tokenizer.chat(), config.data().tokenizeOptions());
    console.err().println(dataset.report().toTable());
    return dataset;
  }

  /** A file of its own is read whole, as it has no splits; else the split for tests is taken. */
  private @Nullable PreferenceDataset evaluation(HfTokenizer tokenizer, DpoConfig config) {
    if (config.eval().strategy() == Interval.NO) {
      return null;
    }
    String split = config.data().datasetTestSplit();
    @Nullable String own = config.eval().evalDataset();
    Path file = Path.of(own != null ? own : Objects.requireNonNull(config.data().datasetName()));
    boolean whole = own != null && split.equals("test") && Files.isRegularFile(file);
    return read(tokenizer, config, file, whole ? "train" : split);
  }
}
