/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab;

import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.cli.terminal.Plot;
import dev.dpo4j.cli.terminal.Table;
import dev.dpo4j.cli.terminal.Units;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Option;
import dev.dpo4j.loss.PairLoss;
import dev.dpo4j.loss.objective.LossOptions;
import dev.dpo4j.loss.objective.LossType;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import picocli.CommandLine.Command;

/** Trains a table of probabilities on comparisons whose rewards are known. */
@Command(
    name = "bandit",
    description = {
      "Train DPO and IPO on one prompt whose answers have known rewards.",
      "",
      "First: DPO on comparisons of a Bradley-Terry judge comes to pi_ref "
          + "exp(r/beta)/Z, the nearer the more pairs it sees. Second: where the better "
          + "answer always wins, DPO's margin grows and IPO's stays at its target."
    })
public final class LabBanditCommand extends BoundCommand<LabBanditCommand.Options> {
  private static final int[] PAIRS = {30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000};
  private static final int[] MARGIN_STEPS = {10, 100, 1_000, 10_000};
  private static final int REPEATS = 10;
  private static final int STEPS = 3_000;

  /** The step at which squared losses of log-ratios are stable for any comparisons. */
  private static final double IPO_RATE = 0.25;

  private static final int PLOT_WIDTH = 60;
  private static final int PLOT_HEIGHT = 8;

  private final Console console;

  /** The bandit. */
  record Options(
      @Option(defaultValue = "6", range = "[2,50]", help = "Answers of the one prompt.")
          int answers,
      @Option(defaultValue = "0.5", range = "(0,inf)", help = "beta of both losses.") double beta,
      @Option(defaultValue = "1", help = "Seed of rewards and comparisons.") long seed) {}

  public LabBanditCommand(Console console) {
    super(Binder.of(Options.class));
    this.console = console;
  }

  @Override
  protected ExitCode run(Options options) {
    Bandit bandit = Bandit.random(options.answers(), new Random(options.seed()));
    Plot plot = new Plot(PLOT_WIDTH, PLOT_HEIGHT, console.terminal().unicode());
    console.out().print(convergence(bandit, plot, options));
    console.out().print(determinism(bandit, plot, options.beta()));
    console.out().flush();
    return ExitCode.DONE;
  }

  private static PairLoss loss(LossType type, double beta) {
    LossOptions options = LossOptions.of("loss_type: " + type.configName() + "\nbeta: " + beta);
    return (PairLoss) type.single(options);
  }

  /** DPO's policy against the best one, for more and more pairs. */
  private String convergence(Bandit bandit, Plot plot, Options options) {
    double beta = options.beta();
    double[] best = bandit.optimum(beta);
    PairLoss dpo = loss(LossType.SIGMOID, beta);
    double[] distances = new double[PAIRS.length];
    Table table = Table.withHeader("pairs", "total variation");
    for (int i = 0; i < PAIRS.length; i++) {
      double sum = 0;
      for (int repeat = 0; repeat < REPEATS; repeat++) {
        double[][] wins = bandit.compare(PAIRS[i], new Random(options.seed() * 1_000 + repeat));
        sum += distance(bandit, dpo, wins, best, beta);
      }
      distances[i] = sum / REPEATS;
      table.row(Units.count(PAIRS[i]), number(distances[i]));
    }
    double limit = distance(bandit, dpo, bandit.expectedComparisons(), best, beta);
    double start = Bandit.totalVariation(Bandit.exp(bandit.reference()), best);
    return String.format(
            Locale.ROOT,
            "1. %d answers, beta %s: distance of DPO's policy from pi_ref exp(r/beta)/Z%n%n",
            options.answers(),
            beta)
        + table.row("all, in proportion", number(limit)).row("before DPO", number(start)).render()
        + "\nMeans over "
        + REPEATS
        + " data sets.\n\n"
        + plot.draw(
            "total variation, over the logarithm of the number of pairs",
            distances,
            Units.count(PAIRS[0]),
            Units.count(PAIRS[PAIRS.length - 1]));
  }

  private static double distance(
      Bandit bandit, PairLoss loss, double[][] wins, double[] best, double beta) {
    // The logistic loss of beta times a difference curves by at most beta^2 / 2.
    List<double[]> policies = bandit.train(loss, wins, 2 / (beta * beta), STEPS);
    return Bandit.totalVariation(Bandit.exp(policies.get(STEPS)), best);
  }

  /** The margins of DPO and IPO where the better answer always wins. */
  private String determinism(Bandit bandit, Plot plot, double beta) {
    int steps = MARGIN_STEPS[MARGIN_STEPS.length - 1];
    double[][] wins = bandit.deterministicComparisons();
    double[] dpo =
        margins(bandit, bandit.train(loss(LossType.SIGMOID, beta), wins, IPO_RATE, steps));
    double[] ipo = margins(bandit, bandit.train(loss(LossType.IPO, beta), wins, IPO_RATE, steps));
    Table table = Table.withHeader("steps", "DPO", "IPO");
    for (int step : MARGIN_STEPS) {
      table.row(Units.count(step), number(dpo[step]), number(ipo[step]));
    }
    return "\n2. The better answer always wins: log-ratio of the best minus that of the worst, nats\n\n"
        + table.render()
        + String.format(Locale.ROOT, "%nIPO asks every pair for 1/(2 beta) = %s.%n%n", 0.5 / beta)
        + plot.draw("margin of DPO", dpo, "step 0", Units.count(steps))
        + "\n"
        + plot.draw("margin of IPO", ipo, "step 0", Units.count(steps));
  }

  private static double[] margins(Bandit bandit, List<double[]> policies) {
    return policies.stream().mapToDouble(bandit::margin).toArray();
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }
}
