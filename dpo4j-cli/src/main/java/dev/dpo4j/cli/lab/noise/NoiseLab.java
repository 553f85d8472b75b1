/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab.noise;

import dev.dpo4j.cli.demo.DemoData;
import dev.dpo4j.cli.demo.DemoData.Pair;
import dev.dpo4j.cli.demo.DemoRun;
import dev.dpo4j.cli.sweep.PreparedSweep;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.cli.terminal.StatusLine;
import dev.dpo4j.eval.SweepReport;
import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.io.ForeignFileException;
import dev.dpo4j.io.OwnerLock;
import dev.dpo4j.train.loop.StepReport;
import dev.dpo4j.train.loop.TrainListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Trains the model of the demo on pairs with known flaws. */
final class NoiseLab {
  /** Says of which settings a folder is. */
  private static final String MARKER = ".dpo4j-lab-noise";

  /** Says that the first phase ended. */
  private static final String SFT_DONE = "sft-done";

  private final Path folder;
  private final Settings settings;
  private final Console console;
  private final BooleanSupplier stopRequested;
  private final DemoRun demo;

  /**
   * How long everything takes.
   *
   * @param demo how the model before DPO is made
   * @param steps optimizer steps of each run, whatever its data
   * @param learningRate top of the linear schedule of each run
   * @param tokens most tokens of an answer to a held-out prompt
   */
  record Settings(DemoRun.Settings demo, int steps, double learningRate, int tokens) {
    /** What the page of results shows. */
    static final Settings FULL = new Settings(DemoRun.Settings.DEFAULT, 25, 3e-4, 48);

    /** Shows the form of the results in a minute; the model has hardly learned to talk. */
    static final Settings QUICK =
        new Settings(new DemoRun.Settings(1, 0.1, 16, 4e-3, 1, 1e-3, 0.1), 3, 1e-3, 8);
  }

  /**
   * Prepares; nothing is written yet.
   *
   * @param stopRequested asked before each step whether to stop
   */
  NoiseLab(Path folder, Settings settings, Console console, BooleanSupplier stopRequested) {
    this.folder = folder;
    this.settings = settings;
    this.console = console;
    this.stopRequested = stopRequested;
    this.demo = new DemoRun(folder.resolve("demo"), settings.demo(), stopRequested);
  }

  /** The right pairs. */
  DemoData data() {
    return demo.data();
  }

  /** A folder that holds anything but a lab of these settings is not written into. */
  void claim() throws IOException {
    Path marker = folder.resolve(MARKER);
    String mine = settings + "\n";
    if (Files.exists(marker)) {
      if (!Files.readString(marker).equals(mine)) {
        throw new ForeignFileException(
            "%s was made with other settings (quick or not), and was not changed: name another folder with --output_dir"
                .formatted(folder));
      }
      return;
    }
    try (Stream<Path> files = Files.list(folder)) {
      Optional<Path> other =
          files.filter(file -> !file.endsWith(OwnerLock.FOLDER_FILE)).findFirst();
      if (other.isPresent()) {
        throw new ForeignFileException(
            "%s holds %s, which is not of lab noise, and was not changed: name another folder with --output_dir"
                .formatted(folder, other.get().getFileName()));
      }
    }
    AtomicFile.writeString(marker, mine);
  }

  /**
   * Trains the model that all runs begin with, unless an earlier start did.
   *
   * @return whether it is there; not where it was asked to stop
   */
  boolean prepare() throws IOException {
    Path done = folder.resolve(SFT_DONE);
    if (Files.exists(done)) {
      return true;
    }
    demo.prepare();
    StatusLine line = new StatusLine(console, Clock.systemUTC());
    boolean stopped =
        demo.sft(
                new TrainListener() {
                  @Override
                  public void onStep(StepReport report) {
                    line.show(report.step(), report.maxSteps(), "steps", "SFT");
                  }
                })
            .stopped();
    line.clear();
    if (!stopped) {
      AtomicFile.writeString(done, "The model in demo/sft is whole.\n");
    }
    return !stopped;
  }

  /**
   * Does the runs of a study that are not there yet.
   *
   * @param seeds how often each combination is trained; each time with other flaws
   * @return the comparison, or null where it was asked to stop
   */
  @Nullable SweepReport run(Study study, int seeds, String language) throws IOException {
    Path data = folder.resolve("data").resolve(study.key());
    // What this returns is absolute the first time only, and paths are part of what a run is.
    Files.createDirectories(data);
    Path heldOut = data.resolve("held-out.jsonl");
    List<Pair> right = data().heldOut();
    DemoData.writePairs(heldOut, study.heldOut(right));
    List<PreparedSweep.Run> runs = new ArrayList<>();
    for (Study.Case one : study.cases()) {
      for (long seed = 1; seed <= seeds; seed++) {
        runs.add(run(data, one, seed));
      }
    }
    Map<String, String> keys = new LinkedHashMap<>();
    keys.put("model_name_or_path", demo.sftFolder().toString());
    keys.put("dataset_name", heldOut.toString());
    keys.put("eval_dataset", heldOut.toString());
    keys.put("max_length", "null");
    keys.put("max_steps", String.valueOf(settings.steps()));
    keys.put("learning_rate", String.valueOf(settings.learningRate()));
    keys.put("beta", String.valueOf(settings.demo().beta()));
    keys.put("per_device_train_batch_size", "8");
    keys.put("eval_strategy", "steps");
    keys.put("eval_steps", String.valueOf(settings.steps()));
    keys.put("logging_steps", "5");
    keys.put("displacement_limit", "null");
    keys.put("keep_models", "none");
    keys.put("kl_prompts", String.valueOf(right.size()));
    keys.put("kl_max_new_tokens", String.valueOf(settings.tokens()));
    return new PreparedSweep(folder.resolve(study.key()), keys, this::brushedOff)
        .run(runs, language, console, stopRequested);
  }

  private PreparedSweep.Run run(Path data, Study.Case one, long seed) throws IOException {
    String flaw = one.settings().values().iterator().next().replaceAll("[^A-Za-z0-9.]+", "-");
    Path file = data.resolve("%s-seed-%d.jsonl".formatted(flaw, seed));
    DemoData.writePairs(file, one.data().apply(data().train(), new Random(seed)));
    Map<String, String> keys = new LinkedHashMap<>(one.keys());
    keys.put("dataset_name", file.toString());
    return new PreparedSweep.Run(one.settings(), keys, seed);
  }

  /** The share of the answers that are a brush-off of the forum, word for word. */
  private Map<String, Double> brushedOff(List<String> answers) {
    Set<String> dismissals = data().dismissals();
    double count = answers.stream().filter(dismissals::contains).count();
    return Map.of("brushed_off", count / answers.size());
  }
}
