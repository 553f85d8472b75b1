/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report;

import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.report.page.ComparePage;
import dev.dpo4j.report.page.RunPage;
import dev.dpo4j.report.run.ReportException;
import dev.dpo4j.report.run.RunReader;
import dev.dpo4j.report.run.RunRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes the page of a run, or of several side by side: one file that opens without a network.
 *
 * <p>A trainer writes it at its end with {@code .onEnd(RunReport::write)}.
 */
public final class RunReport {
  /** The name of the page in a run folder. */
  public static final String FILE_NAME = "report.html";

  private RunReport() {}

  /** Returns whether the beginning of a file is that of a page of a run or an evaluation. */
  public static boolean isPage(String beginning) {
    return beginning.contains(RunPage.GENERATOR);
  }

  /**
   * Writes {@code report.html} into a run folder, which may be that of a run that goes on.
   *
   * @throws ReportException if the folder is none of a run
   * @throws UncheckedIOException if the page cannot be written
   */
  public static void write(Path run) {
    write(List.of(run), run.resolve(FILE_NAME), "en");
  }

  /**
   * Writes a page of one run or more.
   *
   * @param runs run folders; more than one are compared
   * @param page the file to write
   * @param language {@code en} or {@code zh}; a page has both, and begins with this one
   */
  public static void write(List<Path> runs, Path page, String language) {
    writePage(runs.stream().map(RunReader::read).toList(), page, language);
  }

  /** The same of runs that were read. */
  public static void writePage(List<RunRecord> runs, Path page, String language) {
    try {
      AtomicFile.write(page, html(runs, language).getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("The report " + page + " cannot be written: " + e, e);
    }
  }

  private static String html(List<RunRecord> runs, String language) {
    if (runs.isEmpty()) {
      throw new ReportException("There is no report of no run: name at least one run folder");
    }
    return runs.size() == 1
        ? RunPage.of(runs.get(0), language, version())
        : ComparePage.of(distinct(runs), language, version());
  }

  /** Runs of the same name are told apart by the folder above, or by a number. */
  private static List<RunRecord> distinct(List<RunRecord> runs) {
    Set<String> names = new HashSet<>();
    runs.forEach(run -> names.add(run.name()));
    if (names.size() == runs.size()) {
      return runs;
    }
    Set<String> taken = new HashSet<>();
    List<RunRecord> named = new ArrayList<>();
    for (RunRecord run : runs) {
      Path parent = run.folder().toAbsolutePath().normalize().getParent();
      Path above = parent == null ? null : parent.getFileName();
      String base = above == null ? run.name() : above + "/" + run.name();
      String name = base;
      for (int i = 2; !taken.add(name); i++) {
        name = base + " (" + i + ")";
      }
      named.add(run.named(name));
    }
    return named;
  }

  /** The version of dpo4j that pages name; empty where it is not packaged. */
  static String version() {
    @Nullable String version = RunReport.class.getPackage().getImplementationVersion();
    return version == null ? "" : version;
  }
}
