/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.sweep;

import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.terminal.Console;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Sweeps over keys of DPO; the sweeps of other methods are commands below it. */
@Command(
    name = "sweep",
    description = {
      "Train with many values of some keys, several seeds each, and compare the results on "
          + "held-out rows.",
      "",
      "The rows are tokenised once and scored by the reference once. Runs follow each other "
          + "in one process. The same command goes on where a sweep was stopped or killed. The "
          + "result is a table, sweep.html with plots, sweep.json, and a run folder for each run.",
      "",
      "The runs are those of dpo; sweep kto, sweep sft and sweep reward do the same for other "
          + "methods."
    })
public final class SweepCommand extends SweepRunCommand<SweepConfig.Dpo> {

  public SweepCommand(Console console, Interruption interruption) {
    super(SweepConfig.Dpo.binder(), PairSession.METHOD, console, interruption);
  }

  /** Returns the command with those below it. */
  public static CommandLine all(Console console, Interruption interruption) {
    return new SweepCommand(console, interruption)
        .commandLine()
        .addSubcommand(new Kto(console, interruption).commandLineBelow("sweep"))
        .addSubcommand(new Sft(console, interruption).commandLineBelow("sweep"))
        .addSubcommand(new Reward(console, interruption).commandLineBelow("sweep"));
  }

  /** Sweeps over keys of KTO. */
  @Command(
      name = "kto",
      description = {
        "Train with many values of some keys of kto, and compare the results on held-out answers.",
        "",
        "As sweep does for dpo. The figures are those that eval gives for single answers; the "
            + "reference scores the held-out answers once for all runs."
      })
  static final class Kto extends SweepRunCommand<SweepConfig.Kto> {
    Kto(Console console, Interruption interruption) {
      super(SweepConfig.Kto.binder(), KtoSession.METHOD, console, interruption);
    }
  }

  /** Sweeps over keys of supervised fine-tuning. */
  @Command(
      name = "sft",
      description = {
        "Train with many values of some keys of sft, and compare the results on held-out rows.",
        "",
        "As sweep does for dpo. The figure that decides is the loss on the held-out rows."
      })
  static final class Sft extends SweepRunCommand<SweepConfig.Sft> {
    Sft(Console console, Interruption interruption) {
      super(SweepConfig.Sft.binder(), SftSession.METHOD, console, interruption);
    }
  }

  /** Sweeps over keys of reward models. */
  @Command(
      name = "reward",
      description = {
        "Train reward models with many values of some keys, and compare them on held-out pairs.",
        "",
        "As sweep does for dpo. The figures are accuracy, margin and loss of the scores."
      })
  static final class Reward extends SweepRunCommand<SweepConfig.Reward> {
    Reward(Console console, Interruption interruption) {
      super(SweepConfig.Reward.binder(), RewardSession.METHOD, console, interruption);
    }
  }
}
