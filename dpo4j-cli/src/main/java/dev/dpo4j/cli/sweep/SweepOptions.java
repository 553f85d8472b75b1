/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.sweep;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import dev.dpo4j.config.value.Value;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which runs a sweep consists of, and what is measured of each. */
record SweepOptions(
    @Option(
            help =
                "The keys to vary and their values: beta=0.01,0.1,1 learning_rate=5e-7,5e-6 on the "
                    + "command line, a map of keys to lists in a file. For random, a range is "
                    + "written log:0.01:1 or uniform:0:0.5.")
        @Nullable Value sweep,
    @Option(
            defaultValue = "grid",
            help =
                "grid (every combination), random (sweep_trials combinations), or halving (those of "
                    + "random, or of the grid without sweep_trials, with little training at first, "
                    + "and only the best of each round with more).")
        SweepStrategy sweepStrategy,
    @Option(
            defaultValue = "3",
            range = "[1,inf)",
            help =
                "Runs of each combination, with the seeds seed, seed + 1, and so on. Below 3 no "
                    + "difference is called more than noise.")
        int sweepSeeds,
    @Option(
            range = "[1,inf)",
            help = "Combinations of random; null means 16 for random, and the grid for halving.")
        @Nullable Integer sweepTrials,
    @Option(
            defaultValue = "3",
            range = "[2,inf)",
            help =
                "For halving: one combination of so many stays after each round, and trains so "
                    + "many times as long in the next.")
        int halvingFactor,
    @Option(
            defaultValue = "3",
            range = "[2,inf)",
            help = "For halving: the number of rounds; the last one has the whole training.")
        int halvingRounds,
    @Option(
            defaultValue = "accuracy",
            help = "The figure that decides what is best, such as accuracy, margin, loss or kl.")
        String sweepMetric,
    @Option(
            defaultValue = "32",
            range = "[0,inf)",
            help =
                "Held-out prompts that each model answers, for KL divergence, length and repetition; "
                    + "0 for none.")
        int klPrompts,
    @Option(defaultValue = "64", range = "[1,inf)", help = "Most tokens of such an answer.")
        int klMaxNewTokens,
    @Option(
            defaultValue = "1",
            range = "[1,inf)",
            help =
                "Runs at the same time, each in a process of its own with its share of the cores; "
                    + "fewer where their plans do not fit into the free memory.")
        int parallel,
    @Option(
            defaultValue = "best",
            choices = {"none", "best", "all"},
            help = "Whose weights stay: those of no run, of the run that is best, or of all.")
        String keepModels,
    @Option(help = "Does this one run of the sweep and nothing else, by the name of its folder.")
        @Nullable String sweepRun,
    @Option(defaultValue = "false", help = "Lists the runs and ends before the first one.")
        boolean dryRun)
    implements Checked {

  /** Combinations of random where nothing else is said. */
  static final int TRIALS = 16;

  @Override
  public void check(Check check) {
    if (sweepStrategy == SweepStrategy.GRID) {
      check.noEffect(Set.of("sweep_trials"), "with sweep_strategy grid");
    }
    if (sweepStrategy != SweepStrategy.HALVING) {
      check.noEffect(Set.of("halving_factor", "halving_rounds"), "without sweep_strategy halving");
    }
    if (klPrompts == 0) {
      check.noEffect(Set.of("kl_max_new_tokens"), "without kl_prompts");
    }
    if (sweepRun != null) {
      check.idle(Set.of("parallel"), "with sweep_run");
    }
  }
}
