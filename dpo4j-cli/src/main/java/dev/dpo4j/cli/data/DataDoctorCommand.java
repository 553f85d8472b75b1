/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.data;

import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.OutputFile;
import dev.dpo4j.cli.command.Positional;
import dev.dpo4j.cli.command.Precision;
import dev.dpo4j.cli.machine.EngineRoute;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.config.Binder;
import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.token.TokenizeOptions;
import dev.dpo4j.doctor.DataDoctor;
import dev.dpo4j.doctor.finding.Severity;
import dev.dpo4j.doctor.report.DoctorReport;
import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.io.OwnFiles;
import dev.dpo4j.io.OwnerLock;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.tokenizer.HfTokenizer;
import dev.dpo4j.train.reference.ModelScorer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import picocli.CommandLine.Command;

/** Examines preference data before training. */
@Command(
    name = "doctor",
    description = {
      "Examine preference data before training.",
      "",
      "Duplicates, contradictions, leakage, broken and cut answers, length and "
          + "language; with a model what its template and max_length do to the rows, and with "
          + "--score flipped labels."
    })
public final class DataDoctorCommand extends BoundCommand<DataDoctorOptions> {
  /** Rows between two lines of progress. */
  private static final long STRIDE = 100_000;

  /** Rows between two lines of progress while a model scores them. */
  private static final long SCORE_STRIDE = 100;

  /** What says that a page is one of this command. */
  private static final String PAGE = "<meta name=\"generator\" content=\"dpo4j data doctor\">";

  private final Console console;

  public DataDoctorCommand(Console console) {
    super(Binder.of(DataDoctorOptions.class), "dataset_name");
    this.console = console;
  }

  @Override
  protected List<Positional> positionals() {
    return List.of(new Positional("FILE", "dataset_name"));
  }

  @Override
  protected boolean speaks() {
    return true;
  }

  @Override
  protected ExitCode run(DataDoctorOptions options) throws IOException {
    requireFree(options);
    DataDoctor doctor = doctor(options);
    DoctorReport report = examineAndRepair(doctor, options);
    if (options.html() != null) {
      AtomicFile.writeString(Path.of(options.html()), report.toHtml(language().say("en", "zh")));
      console.err().println("wrote " + options.html());
    }
    console.out().println(options.json() ? report.toJson() : report.toText());
    String bound = options.failOn();
    boolean fails =
        bound != null && report.hasAtLeast(Severity.valueOf(bound.toUpperCase(Locale.ROOT)));
    return fails ? ExitCode.DATA : ExitCode.DONE;
  }

  /** A page or a repaired copy never takes the place of data, or of a file of somebody else. */
  private static void requireFree(DataDoctorOptions options) throws IOException {
    List<Path> inputs = new ArrayList<>();
    inputs.add(Path.of(Objects.requireNonNull(options.datasetName())));
    if (options.evalDataset() != null) {
      inputs.add(Path.of(options.evalDataset()));
    }
    if (options.html() != null) {
      OutputFile.require("html", Path.of(options.html()), head -> head.contains(PAGE), inputs);
    }
    if (options.fix() != null) {
      for (Path file : written(Path.of(options.fix()))) {
        OutputFile.requireOwn("fix", file, inputs.toArray(Path[]::new));
      }
    }
  }

  /** A repaired copy and the list of its changes. */
  private static List<Path> written(Path copy) {
    return List.of(copy, DataDoctor.changes(copy));
  }

  private DataDoctor doctor(DataDoctorOptions options) {
    Path file = Path.of(Objects.requireNonNull(options.datasetName()));
    long stride = options.score() ? SCORE_STRIDE : STRIDE;
    DataDoctor doctor =
        DataDoctor.of(PreferenceRows.read(file, options.datasetTrainSplit()))
            .near(options.near())
            .examples(options.examples())
            .progress(
                rows -> {
                  if (rows % stride == 0) {
                    console.err().println(rows + " rows read");
                  }
                });
    String held = options.evalDataset();
    String split = options.datasetTestSplit();
    if (held != null) {
      doctor.evaluation(PreferenceRows.read(Path.of(held), split == null ? "train" : split));
    } else if (split != null) {
      doctor.evaluation(PreferenceRows.read(file, split));
    }
    if (options.fix() != null) {
      doctor.repair(Path.of(options.fix()), options.swapFlipped());
    }
    return doctor;
  }

  /** One process at a time writes a repaired copy. */
  private static DoctorReport examineAndRepair(DataDoctor doctor, DataDoctorOptions options)
      throws IOException {
    if (options.fix() == null) {
      return examine(doctor, options);
    }
    Path copy = Path.of(options.fix());
    try (OwnerLock lock = OwnerLock.ofFile(copy)) {
      DoctorReport report = examine(doctor, options);
      for (Path file : written(copy)) {
        OwnFiles.beside(file).note(file);
      }
      return report;
    }
  }

  private static DoctorReport examine(DataDoctor doctor, DataDoctorOptions options) {
    if (options.modelNameOrPath() == null) {
      return doctor.examine();
    }
    Path folder = Path.of(options.modelNameOrPath());
    if (options.score()) {
      EngineRoute.choose(options.device());
    }
    try (HfTokenizer tokenizer = LanguageModel.tokenizer(folder)) {
      doctor.tokenizer(tokenizer.chat(), TokenizeOptions.ofMaxLength(options.maxLength()));
      if (!options.score()) {
        return doctor.examine();
      }
      ComputeOptions compute = Precision.of(options.bf16());
      try (CausalLm model = CausalLm.load(folder, compute)) {
        return doctor.scorer(new ModelScorer(model)).examine();
      }
    }
  }
}
