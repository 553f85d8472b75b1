/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.train;

import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.OutputFile;
import dev.dpo4j.cli.command.Positional;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.io.OwnFiles;
import dev.dpo4j.report.LossPlot;
import dev.dpo4j.report.RunReport;
import dev.dpo4j.report.run.RunReader;
import dev.dpo4j.report.run.RunRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** Writes the page of a run, or compares several. */
@Command(
    name = "report",
    description = {
      "Write a page that shows how a run went, or that compares several runs.",
      "",
      "The page is one file with curves, warnings, samples, data and configuration. It opens "
          + "without a network. A run may still be going on, or may have been killed."
    })
public final class ReportCommand extends BoundCommand<ReportCommand.Options> {
  private static final String COMPARISON = "comparison.html";

  private final Console console;

  /** What is shown, and where it is written. */
  record Options(
      @Option(defaultValue = "", help = "The output_dir of a run; several are compared.")
          List<Path> runs,
      @Option(
              help =
                  "The page to write; null is report.html in the run folder, or comparison.html"
                      + " here for several runs.")
          @Nullable Path output,
      @Option(help = "Draws the main curves of one run as a picture, too.") @Nullable Path png,
      @Option(
              defaultValue = "false",
              help =
                  "Sends the runs to the MLflow server that MLFLOW_TRACKING_URI names: all of a "
                      + "run that was never sent, else what the server has missed.")
          boolean send)
      implements Checked {

    @Override
    public void check(Check check) {
      if (png != null && runs.size() > 1) {
        check.fault("png", "draws one run, but " + runs.size() + " were named");
      }
    }

    private Path page() {
      if (output != null) {
        return output;
      }
      return runs.size() == 1 ? runs.get(0).resolve(RunReport.FILE_NAME) : Path.of(COMPARISON);
    }
  }

  public ReportCommand(Console console) {
    super(Binder.of(Options.class));
    this.console = console;
  }

  @Override
  protected List<Positional> positionals() {
    return List.of(new Positional("RUN...", "runs"));
  }

  @Override
  protected boolean speaks() {
    return true;
  }

  @Override
  protected ExitCode run(Options options) throws IOException {
    List<Path> runs = options.runs();
    if (runs.isEmpty()) {
      throw new ConfigException(new Fault("runs", "", "is missing: name the output_dir of a run"));
    }
    Path page = options.page();
    if (Files.isDirectory(page)) {
      throw new ConfigException(
          new Fault("output", page.toString(), "is a folder; name a file, such as report.html"));
    }
    List<RunRecord> read = runs.stream().map(RunReader::read).toList();
    Path png = options.png();
    OutputFile.require("output", page, RunReport::isPage, List.of());
    @Nullable OwnFiles pictures = png == null ? null : OutputFile.requireOwn("png", png);
    RunReport.writePage(read, page, language().say("en", "zh"));
    console.out().println(page);
    if (png != null && pictures != null) {
      pictures.write(png, LossPlot.png(read.get(0)));
      console.out().println(png);
    }
    return options.send() ? new TrackerLines(console).send(runs) : ExitCode.DONE;
  }
}
