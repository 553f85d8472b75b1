/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.sweep;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.api.KtoConfig;
import dev.dpo4j.api.RewardConfig;
import dev.dpo4j.api.SftConfig;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import dev.dpo4j.recipe.RecipeDialect;
import dev.dpo4j.recipe.RecipeMethod;
import dev.dpo4j.train.options.Interval;
import dev.dpo4j.train.options.RunConfig;

/** A sweep: what is varied, and the run that it is varied in. */
interface SweepConfig extends Checked {
  /** Which runs there are. */
  SweepOptions options();

  /** The keys that all runs share. */
  RunConfig run();

  @Override
  default void check(Check check) {
    RunConfig run = run();
    if (run.eval().strategy() == Interval.NO) {
      check.fault("eval_strategy", "cannot be no: a sweep compares runs on held-out rows");
    } else if (run.eval().evalDataset() == null && !run.dataset().canEvaluate()) {
      check.fault(
          "eval_dataset",
          "is missing: a sweep compares runs on held-out rows. Name them, or hold rows out with"
              + " test_split_size");
    }
  }

  /** A sweep of DPO runs. */
  record Dpo(
      @Option(help = "Sweep") SweepOptions options,
      @Option(
              help = "Run",
              defaults = {"eval_strategy=epoch", "save_strategy=no"})
          DpoConfig run)
      implements SweepConfig {

    static Binder<Dpo> binder() {
      return Binder.of(Dpo.class, new RecipeDialect(RecipeMethod.DPO));
    }

    @Override
    public void check(Check check) {
      if (run.sft().sftFirst()) {
        check.fault(
            "sft_first",
            "would be done again by every run: train with dpo4j sft once, and sweep from its"
                + " result");
      }
      SweepConfig.super.check(check);
    }
  }

  /** A sweep of KTO runs. */
  record Kto(
      @Option(help = "Sweep") SweepOptions options,
      @Option(
              help = "Run",
              defaults = {"eval_strategy=epoch", "save_strategy=no"})
          KtoConfig run)
      implements SweepConfig {

    static Binder<Kto> binder() {
      return Binder.of(Kto.class, new RecipeDialect(RecipeMethod.KTO));
    }
  }

  /** A sweep of SFT runs. */
  record Sft(
      @Option(help = "Sweep", defaults = "sweep_metric=loss") SweepOptions options,
      @Option(
              help = "Run",
              defaults = {"eval_strategy=epoch", "save_strategy=no"})
          SftConfig run)
      implements SweepConfig {

    static Binder<Sft> binder() {
      return Binder.of(Sft.class, new RecipeDialect(RecipeMethod.SFT));
    }
  }

  /** A sweep of runs that train reward models. */
  record Reward(
      @Option(help = "Sweep", defaults = "kl_prompts=0") SweepOptions options,
      @Option(
              help = "Run",
              defaults = {"eval_strategy=epoch", "save_strategy=no"})
          RewardConfig run)
      implements SweepConfig {

    static Binder<Reward> binder() {
      return Binder.of(Reward.class, new RecipeDialect(RecipeMethod.REWARD));
    }

    @Override
    public void check(Check check) {
      check.noEffect("kl_prompts", "in sweep reward: a reward model writes no answers");
      SweepConfig.super.check(check);
    }
  }
}
