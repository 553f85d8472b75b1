/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab.scale;

import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.cli.terminal.Plot;
import dev.dpo4j.cli.terminal.Table;
import dev.dpo4j.cli.terminal.Units;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Option;
import java.util.Locale;
import picocli.CommandLine.Command;

/** Works out how long a step takes on many processes. */
@Command(
    name = "scale",
    description = {
      "Work out the time of a step on many processes from what was measured on a few.",
      "",
      "Prints step time, efficiency, memory and traffic for models of 0.5B, 7B and 70B on 8, 64 and"
          + " 512 processes, with nothing, the optimizer or everything divided among them. It"
          + " computes with formulas and starts nothing."
    })
public final class LabScaleCommand extends BoundCommand<LabScaleCommand.Options> {
  private static final int[] RANKS = {1, 8, 64, 512};
  private static final int PLOT_WIDTH = 60;
  private static final int PLOT_HEIGHT = 6;
  private static final int DOUBLINGS = 9;
  private static final double PERCENT = 100;

  private final Console console;

  /** What was measured. */
  record Options(
      @Option(
              defaultValue = "1e11",
              range = "(0,inf)",
              help =
                  "Floating-point operations of a process in a second: 6 times parameters times the"
                      + " tokens per second of bench.")
          double flops,
      @Option(
              defaultValue = "1e10",
              range = "(0,inf)",
              help = "Bytes of memory that the update of the weights moves in a second.")
          double memoryBandwidth,
      @Option(
              defaultValue = "1.25e9",
              range = "(0,inf)",
              help = "Bytes that a process sends in a second; 1.25e9 is 10 Gbit/s.")
          double bandwidth,
      @Option(
              defaultValue = "5e-5",
              range = "[0,inf)",
              help = "Seconds until the first byte of a message arrives.")
          double latency,
      @Option(
              defaultValue = "0",
              range = "[0,1]",
              help =
                  "How much of the backward pass hides the sums over processes: 0 where they begin"
                      + " after it, 1 at best.")
          double overlap,
      @Option(
              defaultValue = "8192",
              range = "[1,inf)",
              help = "Tokens that each process computes in a step.")
          double tokens) {
    Machines machines() {
      return new Machines(flops, memoryBandwidth, bandwidth, latency, overlap);
    }
  }

  public LabScaleCommand(Console console) {
    super(Binder.of(Options.class));
    this.console = console;
  }

  @Override
  protected ExitCode run(Options options) {
    Machines machines = options.machines();
    for (Sharding sharding : Sharding.values()) {
      console.out().println("Divided among the processes: " + sharding.label() + "\n");
      console.out().println(table(machines, sharding, options.tokens()));
    }
    Plot plot = new Plot(PLOT_WIDTH, PLOT_HEIGHT, console.terminal().unicode());
    for (Sharding sharding : Sharding.values()) {
      console.out().println(curve(plot, machines, sharding, options.tokens()));
    }
    console.out().flush();
    return ExitCode.DONE;
  }

  private static String table(Machines machines, Sharding sharding, double tokens) {
    Table table =
        Table.withHeader("model", "processes", "step s", "waiting", "efficiency", "memory", "sent");
    for (ModelSize shape : ModelSize.KNOWN) {
      for (int ranks : RANKS) {
        Machines.Step step = machines.step(shape, sharding, ranks, tokens);
        table.row(
            shape.name(),
            String.valueOf(ranks),
            String.format(Locale.ROOT, "%.1f", step.seconds()),
            percent(step.waiting() / step.seconds()),
            percent(machines.efficiency(shape, sharding, ranks, tokens)),
            Units.bytes((long) sharding.memory(shape, ranks)),
            Units.bytes((long) sharding.wireBytes(shape, ranks)));
      }
    }
    return table.render();
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.0f %%", PERCENT * share);
  }

  private static String curve(Plot plot, Machines machines, Sharding sharding, double tokens) {
    ModelSize shape = ModelSize.KNOWN.get(1);
    double[] efficiencies = new double[DOUBLINGS + 1];
    for (int doubling = 0; doubling <= DOUBLINGS; doubling++) {
      efficiencies[doubling] = machines.efficiency(shape, sharding, 1 << doubling, tokens);
    }
    return plot.draw(
        "efficiency of " + shape.name() + ", divided: " + sharding.label(),
        efficiencies,
        "1 process",
        String.valueOf(1 << DOUBLINGS));
  }
}
