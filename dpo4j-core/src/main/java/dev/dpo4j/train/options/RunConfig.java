/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.options;

import dev.dpo4j.config.Check;
import dev.dpo4j.data.DatasetOptions;
import dev.dpo4j.data.source.DataSource;
import dev.dpo4j.model.DeviceOptions;
import dev.dpo4j.optim.OptimizerOptions;
import dev.dpo4j.optim.schedule.ScheduleOptions;

/** What every method of training is configured with. */
public interface RunConfig {
  /** Which chat template and which end of a sequence the model takes. */
  TextOptions texts();

  /** Which rows are read. */
  DatasetOptions dataset();

  /** Whether an adapter is trained instead of the model. */
  PeftOptions peft();

  /** The optimizer. */
  OptimizerOptions optimizer();

  /** The learning rate over the run. */
  ScheduleOptions schedule();

  /** On what is computed. */
  DeviceOptions device();

  /** How long is trained, in which order, in which precision. */
  LoopOptions loop();

  /** Whether, when and on what is evaluated. */
  EvalOptions eval();

  /** Whether an average of the weights is kept. */
  default BemaOptions bema() {
    return BemaOptions.OFF;
  }

  /** Where the run writes. */
  OutputOptions output();

  /** When checkpoints are kept, and from which one the run goes on. */
  SaveOptions save();

  /** The option that bounds what a row takes, for messages. */
  default String lengthOption() {
    return "max_length";
  }

  /** The rows to train on. */
  default DataSource trainSource() {
    return dataset().train(loop().seed());
  }

  /** The rows to evaluate on: those that {@code eval_dataset} names, or the data's own. */
  default DataSource evaluationSource() {
    return dataset().evaluation(eval().evalDataset(), loop().seed());
  }

  /** Returns the config as YAML that binds to an equal one. */
  String toYaml();

  /** Reports the faults that concern several groups of options. */
  default void checkGroups(Check check) {
    save().check(check, eval(), output().loggingSteps());
    if (peft().usePeft()) {
      check.noEffect("gradient_dtype", "with use_peft: an adapter's gradients are small");
    }
    if (!dataset().sources().dataset().isEmpty()
        && eval().strategy() != Interval.NO
        && eval().evalDataset() == null) {
      check.fault(
          "eval_dataset",
          "is missing: with dataset, name the data sets of dataset_info.json to evaluate on");
    }
    schedule().check(check, optimizer().learningRate());
    if (schedule().lrSchedulerType().followsMetric() && eval().strategy() == Interval.NO) {
      check.fault(
          "lr_scheduler_type",
          schedule().lrSchedulerType().configName()
              + " follows the evaluation, and there is none: set eval_strategy");
    }
  }
}
