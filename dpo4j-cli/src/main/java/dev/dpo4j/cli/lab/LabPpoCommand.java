/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab;

import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;

/** Compares PPO with DPO and others where the true reward is known. */
@Command(
    name = "ppo",
    description = {
      "Compare PPO, DPO, IPO, KTO, online DPO, GRPO and SFT at equal work.",
      "",
      "The demo's model is trained by each method with the same number of floating-point "
          + "operations, sampling and judging counted. The true reward of an answer is a rule; all "
          + "methods but one see it only through a Bradley-Terry judge. The output folder gets the "
          + "result of each run and the plots. A lab that was stopped goes on where it was."
    })
public final class LabPpoCommand extends BoundCommand<LabPpoCommand.Options> {
  private final Console console;
  private final Interruption interruption;

  /** How much is done, and where. */
  record Options(
      @Option(defaultValue = "false", help = "One seed, one strength, little work: 2 minutes.")
          boolean quick,
      @Option(
              defaultValue = "false",
              help =
                  "Five seeds, four strengths, the grid of settings, PPO's switches and the memory "
                      + "of a real model: about an hour of processor time.")
          boolean full,
      @Option(
              defaultValue = "HuggingFaceTB/SmolLM2-135M-Instruct",
              help =
                  "Folder or Hub name of the model whose peak memory with PPO and with DPO is "
                      + "compared; needs full.")
          String memoryModel,
      @Option(
              defaultValue = "runs/lab-ppo",
              help = "Folder of models, results and plots; quick has one of its own below it.")
          Path outputDir)
      implements Checked {
    @Override
    public void check(Check check) {
      if (quick && full) {
        check.fault("quick", "cannot be set together with full: keep one");
      }
      if (!full) {
        check.noEffect("memory_model", "without full");
      }
    }

    LabScale scale() {
      return quick ? LabScale.QUICK : full ? LabScale.FULL : LabScale.USUAL;
    }
  }

  public LabPpoCommand(Console console, Interruption interruption) {
    super(Binder.of(Options.class));
    this.console = console;
    this.interruption = interruption;
  }

  @Override
  protected ExitCode run(Options options) throws IOException {
    interruption.listen();
    LabScale scale = options.scale();
    Path folder =
        Files.createDirectories(options.outputDir().resolve(scale.name()).toAbsolutePath());
    long start = System.nanoTime();
    LabData data = LabData.prepare(folder, scale, this::say);
    List<LabTrial> trials = LabTrial.all(scale);
    PpoLab lab = new PpoLab(data, scale, this::say, interruption::requested);
    List<LabResult> results = lab.run(trials);
    List<LabNoise> noises = new ArrayList<>();
    for (LabMethod method : LabNoise.METHODS) {
      if (!interruption.requested()) {
        noises.add(LabNoise.of(data, method, scale.batches(), interruption::requested));
      }
    }
    noises.removeIf(noise -> noise.batches() < scale.batches());
    List<LabMemory> memories =
        scale.whole() && !interruption.requested()
            ? LabMemory.of(data, options.memoryModel(), this::say, interruption::requested)
            : List.of();
    if (!results.isEmpty()) {
      show(new LabPage(results, noises), memories, folder);
    }
    console
        .out()
        .printf(
            Locale.ROOT,
            "%nplots and results: %s, after %.0f s%n",
            folder,
            (System.nanoTime() - start) / 1e9);
    console.out().flush();
    if (interruption.requested()) {
      say(
          "stopped after %d of %d runs: the same command goes on there"
              .formatted(results.size(), trials.size()));
      return ExitCode.INTERRUPTED;
    }
    return ExitCode.DONE;
  }

  private void show(LabPage page, List<LabMemory> memories, Path folder) throws IOException {
    page.writePlots(folder);
    part("After training, usual strength: mean (least to greatest seed)", page.methods());
    part("What each method needs", page.needs());
    part("At each strength of the tie to the start", page.strengths());
    part(
        "Gradients of minibatches of " + LabMethod.ANSWERS + " answers, at the start",
        page.gradients());
    String changes = page.changes();
    if (!changes.isEmpty()) {
      part("Reward over each setting at a quarter and at four times its value", page.grid());
      part("With one setting changed", changes);
    }
    if (!memories.isEmpty()) {
      part("Peak memory of a real model, answers of 64 tokens", LabPage.memory(memories));
    }
    part("The most probable answer to the first held-out prompt", page.samples());
  }

  private void part(String title, String text) {
    console.out().printf("%n%s%n%n%s", title, text);
  }

  private void say(String text) {
    console.err().println(text);
    console.err().flush();
  }
}
