/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.grpo;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import dev.dpo4j.train.options.LoopOptions;
import org.jspecify.annotations.Nullable;

/** How many answers are sampled and how often they are used, and how the policy is held. */
public record GroupOptions(
    @Option(
            defaultValue = "8",
            range = "[2,1024]",
            help = "Answers that are sampled to each prompt: a group.")
        int numGenerations,
    @Option(
            range = "[2,1024]",
            help = "The same in an evaluation; null means num_generations.",
            difference = "TRL allows a group of one, from which nothing can be learnt.")
        @Nullable Integer numGenerationsEval,
    @Option(
            range = "[1,inf)",
            help =
                "Answers of a rollout, a multiple of per_device_train_batch_size and of "
                    + "num_generations; null leaves it to steps_per_generation.")
        @Nullable Integer generationBatchSize,
    @Option(
            range = "[1,inf)",
            help =
                "Micro-batches that a rollout is cut into; null means gradient_accumulation_steps, "
                    + "which is a rollout for each optimizer step.")
        @Nullable Integer stepsPerGeneration,
    @Option(defaultValue = "1", range = "[1,inf)", help = "How often each rollout is trained on.")
        int numIterations,
    @Option(
            defaultValue = "0.0",
            range = "[0,inf)",
            help =
                "Weight of the KL divergence from the reference model; with 0 there is no "
                    + "reference.")
        double beta,
    @Option(
            defaultValue = "0.2",
            range = "(0,inf)",
            help = "The ratio of new to old probability is clipped at 1 - epsilon.")
        double epsilon,
    @Option(
            range = "(0,inf)",
            help = "The ratio is clipped at 1 + epsilon_high; null means epsilon.")
        @Nullable Double epsilonHigh,
    @Option(
            defaultValue = "false",
            help = "Leaves answers that were cut at max_completion_length out of the loss.")
        boolean maskTruncatedCompletions)
    implements Checked {

  /** The upper bound of the ratio, less 1. */
  public double high() {
    return epsilonHigh == null ? epsilon : epsilonHigh;
  }

  /** Answers to a prompt of an evaluation. */
  public int evalGenerations() {
    return numGenerationsEval == null ? numGenerations : numGenerationsEval;
  }

  /** Micro-batches of a rollout. */
  public int slices(LoopOptions loop) {
    if (generationBatchSize != null) {
      return generationBatchSize / loop.perDeviceTrainBatchSize();
    }
    return stepsPerGeneration == null ? loop.gradientAccumulationSteps() : stepsPerGeneration;
  }

  @Override
  public void check(Check check) {
    if (generationBatchSize != null && stepsPerGeneration != null) {
      check.fault(
          "generation_batch_size", "cannot be set together with steps_per_generation: keep one");
    }
  }

  /** Reports what does not go together with the size of a step. */
  public void check(Check check, LoopOptions loop) {
    int batch = loop.perDeviceTrainBatchSize();
    if (generationBatchSize != null && generationBatchSize % batch != 0) {
      check.fault(
          "generation_batch_size",
          "must be a multiple of per_device_train_batch_size %d but was %d"
              .formatted(batch, generationBatchSize));
      return;
    }
    long answers = (long) slices(loop) * batch;
    if (answers % numGenerations != 0) {
      check.fault(
          "num_generations",
          "is %d, but a rollout has %d answers (per_device_train_batch_size %d times %d micro-batches): it must hold whole groups. Change one of them"
              .formatted(numGenerations, answers, batch, slices(loop)));
    }
    if (loop.dataloaderDropLast()) {
      check.noEffect("dataloader_drop_last", "here: every micro-batch is full");
    }
  }
}
