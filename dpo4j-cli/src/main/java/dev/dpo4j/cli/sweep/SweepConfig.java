/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.sweep;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import dev.dpo4j.recipe.RecipeDialect;
import dev.dpo4j.recipe.RecipeMethod;
import dev.dpo4j.train.options.Interval;

/**
 * A sweep: what is varied, and the run that it is varied in.
 *
 * @param options which runs there are
 * @param run the keys that all runs share
 */
record SweepConfig(
    @Option(help = "Sweep") SweepOptions options,
    @Option(
            help = "Run",
            defaults = {"eval_strategy=epoch", "save_strategy=no"})
        DpoConfig run)
    implements Checked {

  static Binder<SweepConfig> binder() {
    return Binder.of(SweepConfig.class, new RecipeDialect(RecipeMethod.DPO));
  }

  @Override
  public void check(Check check) {
    if (run.sft().sftFirst()) {
      check.fault(
          "sft_first",
          "would be done again by every run: train with dpo4j sft once, and sweep from its result");
    }
    if (run.eval().strategy() == Interval.NO) {
      check.fault("eval_strategy", "cannot be no: a sweep compares runs on held-out rows");
    } else if (run.eval().evalDataset() == null && !run.dataset().canEvaluate()) {
      check.fault(
          "eval_dataset",
          "is missing: a sweep compares runs on held-out rows. Name them, or hold rows out with"
              + " test_split_size");
    }
  }
}
