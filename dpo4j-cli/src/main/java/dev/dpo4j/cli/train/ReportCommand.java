/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.train;

import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Language;
import dev.dpo4j.cli.command.OutputFile;
import dev.dpo4j.cli.terminal.Console;
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
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes the page of a run, or compares several. */
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    description = {
      "Write a page that shows how a run went, or that compares several runs.",
      "",
      "The page is one file with curves, warnings, samples, data and configuration. It opens "
          + "without a network. A run may still be going on, or may have been killed."
    })
public final class ReportCommand implements Callable<Integer> {
  private static final String COMPARISON = "comparison.html";

  private final Console console;

  @Parameters(
      arity = "1..*",
      paramLabel = "RUN",
      description = "The output_dir of a run; several are compared.")
  private List<Path> runs = List.of();

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description =
          "The page to write; report.html in the run folder, or comparison.html here for several runs.")
  private @Nullable Path output;

  @Option(
      names = "--png",
      paramLabel = "FILE",
      description = "Also draws the main curves of one run as a picture.")
  private @Nullable Path png;

  @Option(
      names = "--lang",
      paramLabel = "en|zh",
      description = "The language the page begins with; it has both. The locale decides otherwise.")
  private String lang = "";

  public ReportCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    if (!List.of("", "en", "zh").contains(lang)) {
      throw new ConfigException(new Fault("lang", "--lang", "must be en or zh but was " + lang));
    }
    if (png != null && runs.size() > 1) {
      throw new ConfigException(
          new Fault("png", "--png", "draws one run, but " + runs.size() + " were named"));
    }
    Path page = page();
    if (Files.isDirectory(page)) {
      throw new ConfigException(
          new Fault("output", page.toString(), "is a folder; name a file, such as report.html"));
    }
    Language language = Language.of(lang, System.getenv());
    List<RunRecord> read = runs.stream().map(RunReader::read).toList();
    OutputFile.require("output", page, RunReport::isPage, List.of());
    @Nullable OwnFiles pictures = png == null ? null : OutputFile.requireOwn("png", png);
    RunReport.writePage(read, page, language.say("en", "zh"));
    console.out().println(page);
    if (png != null && pictures != null) {
      pictures.write(png, LossPlot.png(read.get(0)));
      console.out().println(png);
    }
    return ExitCode.DONE.code();
  }

  private Path page() {
    if (output != null) {
      return output;
    }
    return runs.size() == 1 ? runs.get(0).resolve(RunReport.FILE_NAME) : Path.of(COMPARISON);
  }
}
