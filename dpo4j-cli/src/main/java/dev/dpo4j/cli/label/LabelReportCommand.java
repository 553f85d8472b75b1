/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.label;

import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Positional;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Option;
import dev.dpo4j.studio.label.LabelReport;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** Shows what a file of decisions amounts to. */
@Command(
    name = "report",
    description = {
      "Show what each annotator has decided, how they agree, and how long a pair took.",
      "",
      "Agreement is Cohen's kappa for every two annotators and Fleiss' kappa for all."
    })
public final class LabelReportCommand extends BoundCommand<LabelReportCommand.Options> {
  private final Console console;

  /** What is reported. */
  record Options(
      @Option(help = "File of decisions that label has written.") @Nullable String decisions,
      @Option(defaultValue = "false", help = "Prints one JSON object instead of tables.")
          boolean json) {}

  public LabelReportCommand(Console console) {
    super(Binder.of(Options.class), "decisions");
    this.console = console;
  }

  @Override
  protected List<Positional> positionals() {
    return List.of(new Positional("FILE", "decisions"));
  }

  @Override
  protected ExitCode run(Options options) {
    String file = Objects.requireNonNull(options.decisions());
    LabelReport report = LabelReport.read(Path.of(file));
    if (report.torn() != null) {
      console.err().println("warning: " + file + ": " + report.torn());
    }
    console.out().println(options.json() ? report.toJson() : report.toText());
    return ExitCode.DONE;
  }
}
