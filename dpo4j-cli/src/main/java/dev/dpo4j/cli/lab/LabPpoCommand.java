/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab;

import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.terminal.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Compares PPO with DPO and others where the true reward is known. */
@Command(
    name = "ppo",
    mixinStandardHelpOptions = true,
    description = {
      "Train one model by PPO, DPO, IPO, KTO, online DPO, GRPO and SFT with the same work.",
      "",
      "The true reward of an answer is a rule; all methods but one see it only through comparisons "
          + "of a Bradley-Terry judge. The folder gets the results of each run and the plots. A lab "
          + "that was stopped goes on where it was. On two quiet cores it takes under half an hour, "
          + "with --quick two minutes, with --full some hours."
    })
public final class LabPpoCommand implements Callable<Integer> {
  private final Console console;

  @Spec private @Nullable CommandSpec spec;

  @Option(names = "--quick", description = "One seed, one strength, little work.")
  private boolean quick;

  @Option(names = "--full", description = "Five seeds, four strengths, much work.")
  private boolean full;

  @Option(
      names = "--output_dir",
      paramLabel = "DIR",
      description = "Where models, results and plots go (${DEFAULT-VALUE}).")
  private Path outputDir = Path.of("runs", "lab-ppo");

  public LabPpoCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    if (quick && full) {
      throw new ParameterException(
          Objects.requireNonNull(spec).commandLine(), "give --quick or --full, not both");
    }
    LabScale scale = quick ? LabScale.QUICK : full ? LabScale.FULL : LabScale.USUAL;
    Path folder =
        Files.createDirectories(
            outputDir.resolve(quick ? "quick" : full ? "full" : "usual").toAbsolutePath());
    long start = System.nanoTime();
    say("the demo's model, preference pairs of its answers, and a reward model of these");
    LabData data = LabData.prepare(folder, scale, () -> say("  done"));
    List<LabResult> results = new PpoLab(data, scale, this::say).run();
    LabPage page = new LabPage(results);
    page.writePlots(folder);
    console.out().println(page.table(console.terminal().width()));
    console.out().println(page.samples());
    console
        .out()
        .printf(
            "plots and results in %s, after %.0f s%n", folder, (System.nanoTime() - start) / 1e9);
    console.out().flush();
    return ExitCode.DONE.code();
  }

  private void say(String text) {
    console.err().println(text);
    console.err().flush();
  }
}
