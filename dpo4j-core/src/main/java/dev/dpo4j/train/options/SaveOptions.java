/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.options;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** When checkpoints are kept, which of them, and from which one a run goes on. */
public record SaveOptions(
    @Option(
            defaultValue = "steps",
            help =
                "When to save a checkpoint: no, steps, epoch, or best (after each evaluation that "
                    + "improves on all earlier ones).")
        SaveStrategy saveStrategy,
    @Option(
            defaultValue = "500.0",
            range = "(0,inf)",
            help =
                "Optimizer steps between two checkpoints; a value below 1 is a share of all steps. "
                    + "The last step is always saved.")
        double saveSteps,
    @Option(
            range = "[1,inf)",
            help =
                "Maximum number of checkpoints to keep. The oldest is deleted first, the best "
                    + "never; null keeps all.")
        @Nullable Integer saveTotalLimit,
    @Option(
            defaultValue = "false",
            help = "Saves only the model: smaller, but a run cannot resume from it.")
        boolean saveOnlyModel,
    @Option(defaultValue = "false", help = "Uses the weights of the best checkpoint as the result.")
        boolean loadBestModelAtEnd,
    @Option(
            help =
                "Evaluation metric that decides which checkpoint is best, with or without eval_; "
                    + "null means loss with load_best_model_at_end.")
        @Nullable String metricForBestModel,
    @Option(
            help =
                "Whether a greater value of metric_for_best_model is better; null means false if "
                    + "its name ends in loss, and true otherwise.")
        @Nullable Boolean greaterIsBetter,
    @Option(
            help =
                "Where to resume: auto (from the newest complete checkpoint in output_dir, or from "
                    + "the start if there is none), true (the same, but there must be one), or a "
                    + "checkpoint folder. null and false start from scratch.",
            difference = "auto is not known to TRL.")
        @Nullable String resumeFromCheckpoint,
    @Option(
            defaultValue = "false",
            help =
                "Resumes on another device, card or installed PyTorch than the checkpoint was "
                    + "computed on. The numbers then differ in the last digits from those of an "
                    + "unbroken run.",
            difference = "Not in TRL, which does not compare them.")
        boolean resumeOnAnotherDevice,
    @Option(
            defaultValue = "stop",
            help =
                "What to do when a checkpoint cannot be written, for example because the disk is "
                    + "full: stop or continue. The last good checkpoint is kept either way.",
            difference = "TRL has no such key: it stops.")
        SaveFailure onSaveFailure)
    implements Checked {
  /** The keys that may differ between a run and the run that it goes on from. */
  public static final Set<String> FREE =
      Set.of(
          "output_dir",
          "overwrite_output_dir",
          "save_strategy",
          "save_steps",
          "ref_logps_cache",
          "gradient_checkpointing",
          "activation_offloading",
          "offload_optimizer",
          "save_total_limit",
          "save_only_model",
          "resume_from_checkpoint",
          "resume_on_another_device",
          "device",
          "engine",
          "use_cpu",
          "on_save_failure",
          "ddp_timeout",
          "shard",
          "strict");

  /** Whether the run goes on from a checkpoint if there is one. */
  public boolean resumes() {
    return resumeFromCheckpoint != null && !resumeFromCheckpoint.equals("false");
  }

  /** The metric that says which checkpoint is best, with its prefix; null for none. */
  public @Nullable String bestMetric() {
    String metric = metricForBestModel == null && loadBestModelAtEnd ? "loss" : metricForBestModel;
    return metric == null || metric.startsWith("eval_") ? metric : "eval_" + metric;
  }

  /** The metric that a learning rate may follow, with its prefix. */
  public String rateMetric() {
    String metric = bestMetric();
    return metric == null ? "eval_loss" : metric;
  }

  /** Whether a value of the metric is better than the best before. */
  public boolean isBetter(double value, double best) {
    return prefersGreater(String.valueOf(bestMetric())) ? value > best : value < best;
  }

  /** Whether a greater value of a metric is better. */
  public boolean prefersGreater(String metric) {
    return greaterIsBetter != null
        ? greaterIsBetter
        : !metric.toLowerCase(Locale.ROOT).endsWith("loss");
  }

  @Override
  public void check(Check check) {
    if (saveStrategy != SaveStrategy.STEPS) {
      check.idle(Set.of("save_steps"), "unless save_strategy is steps");
    }
    if (saveStrategy == SaveStrategy.NO) {
      check.idle(
          Set.of("save_total_limit", "save_only_model", "on_save_failure"),
          "without checkpoints (save_strategy is no)");
    }
    if (saveStrategy == SaveStrategy.BEST && bestMetric() == null) {
      check.fault("save_strategy", "best needs metric_for_best_model");
    }
    if (!resumes()) {
      check.idle(Set.of("resume_on_another_device"), "without resume_from_checkpoint");
    }
    if (bestMetric() == null) {
      check.idle(Set.of("greater_is_better"), "without metric_for_best_model");
    }
    Intervals.checkSteps(check, "save_steps", saveSteps);
  }

  /** Reports what does not go together with the evaluation. */
  void check(Check check, EvalOptions eval, double loggingSteps) {
    if (bestMetric() != null && eval.strategy() == Interval.NO) {
      String key = loadBestModelAtEnd ? "load_best_model_at_end" : "metric_for_best_model";
      check.fault(key, "needs an evaluation: set eval_strategy");
      return;
    }
    if (!loadBestModelAtEnd || saveStrategy == SaveStrategy.BEST) {
      return;
    }
    Map<Interval, SaveStrategy> same =
        Map.of(
            Interval.NO, SaveStrategy.NO,
            Interval.STEPS, SaveStrategy.STEPS,
            Interval.EPOCH, SaveStrategy.EPOCH);
    Double evalSteps = eval.evalSteps();
    double every = evalSteps == null ? loggingSteps : evalSteps;
    if (same.get(eval.strategy()) != saveStrategy) {
      check.fault(
          "load_best_model_at_end",
          "needs a checkpoint after each evaluation: set save_strategy to eval_strategy or best");
    } else if (saveStrategy == SaveStrategy.STEPS && saveSteps % every != 0) {
      check.fault(
          "load_best_model_at_end",
          "needs save_steps to be a multiple of eval_steps, but they are "
              + saveSteps
              + " and "
              + every);
    }
  }
}
