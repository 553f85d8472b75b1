/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.train;

import dev.dpo4j.cli.command.Language;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.report.RunReport;
import dev.dpo4j.report.run.ReportException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Writes the page at the end of a run; a run is never worth less for want of it. */
public final class EndReport {
  private EndReport() {}

  /** Returns the page that was written, or nothing after a line that says why. */
  public static Optional<Path> write(Path run, Language language, Console console) {
    Path page = run.resolve(RunReport.FILE_NAME);
    try {
      RunReport.write(List.of(run), page, language.say("en", "zh"));
      return Optional.of(page);
    } catch (ReportException | UncheckedIOException e) {
      console.err().println("warning: no report was written: " + e.getMessage());
      return Optional.empty();
    }
  }
}
