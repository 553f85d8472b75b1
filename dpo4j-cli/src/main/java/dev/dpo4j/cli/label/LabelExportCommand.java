/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.label;

import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Positional;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Option;
import dev.dpo4j.studio.label.PairExport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** Turns decisions into preference rows. */
@Command(
    name = "export",
    description = {
      "Write the rows on which an answer won as {prompt, chosen, rejected}.",
      "",
      "Each annotator has one vote on a row. A row is written if one answer has more "
          + "votes than the other answer, than ties and than both bad, and at least the share "
          + "min_agreement of all votes."
    })
public final class LabelExportCommand extends BoundCommand<LabelExportCommand.Options> {
  private final Console console;

  /** What is exported. */
  record Options(
      @Option(help = "File of decisions that label has written.") @Nullable String decisions,
      @Option(
              help =
                  "JSONL file to write; only an earlier export of the same decisions is replaced.")
          @Nullable String output,
      @Option(
              defaultValue = "0.5",
              range = "[0,1]",
              help = "Smallest share of a row's votes that the better answer must have.")
          double minAgreement,
      @Option(
              defaultValue = "best_vs_worst",
              choices = {"best_vs_worst", "all"},
              help =
                  "Which pairs a row with more than two answers gives: best_vs_worst, or all, every"
                      + " two that the votes decide.")
          String rankedPairs,
      @Option(defaultValue = "false", help = "Prints the counts as one JSON object.")
          boolean json) {}

  public LabelExportCommand(Console console) {
    super(Binder.of(Options.class), "decisions", "output");
    this.console = console;
  }

  @Override
  protected List<Positional> positionals() {
    return List.of(new Positional("FILE", "decisions"));
  }

  @Override
  protected ExitCode run(Options options) throws IOException {
    String file = Objects.requireNonNull(options.decisions());
    PairExport export =
        PairExport.read(Path.of(file), options.minAgreement(), options.rankedPairs().equals("all"));
    if (export.torn() != null) {
      console.err().println("warning: " + file + ": " + export.torn());
    }
    export.write(Path.of(Objects.requireNonNull(options.output())));
    console.out().println(options.json() ? export.toJson() : export.toText());
    return ExitCode.DONE;
  }
}
