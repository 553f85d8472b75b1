/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.grpo;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.generate.SampleSeeds;
import dev.dpo4j.train.loop.StepPlan;
import dev.dpo4j.train.options.LoopOptions;
import dev.dpo4j.train.options.SamplingStrategy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which answers each micro-batch trains on.
 *
 * <p>The rows that a loop counts are answers, in the order in which they are trained on: a rollout
 * of {@code slices} micro-batches, as often as there are iterations, then the next rollout. The
 * prompts of an epoch stand in an order of their own; those that fill no rollout are left out of
 * the epoch, as in TRL.
 *
 * @param prompts prompts of the data set
 * @param group answers to a prompt
 * @param batch answers of a micro-batch
 * @param slices micro-batches of a rollout
 * @param iterations how often a rollout is trained on
 * @param strategy the order of the prompts
 * @param dataSeed decides the order of the prompts
 * @param seed decides what is drawn
 */
record GroupPlan(
    int prompts,
    int group,
    int batch,
    int slices,
    int iterations,
    SamplingStrategy strategy,
    long dataSeed,
    long seed) {

  /**
   * Where a micro-batch is.
   *
   * @param epoch counted from 0
   * @param rollout within the epoch, counted from 0
   * @param iteration how often the rollout was trained on before
   * @param slice which micro-batch of the rollout
   */
  record Place(int epoch, int rollout, int iteration, int slice) {
    /** Whether this is the first time that the rollout is used. */
    boolean isFirst() {
      return iteration == 0 && slice == 0;
    }

    boolean isInRollout(int otherEpoch, int otherRollout) {
      return epoch == otherEpoch && rollout == otherRollout;
    }
  }

  static GroupPlan of(int prompts, GroupOptions options, LoopOptions loop) {
    GroupPlan plan =
        new GroupPlan(
            prompts,
            options.numGenerations(),
            loop.perDeviceTrainBatchSize(),
            options.slices(loop),
            options.numIterations(),
            loop.trainSamplingStrategy(),
            loop.orderSeed(),
            loop.seed());
    if (plan.rolloutsPerEpoch() == 0) {
      throw new ConfigException(
          new Fault(
              "per_device_train_batch_size",
              "",
              "a rollout of %d answers needs %d prompts, but the data have %d: lower per_device_train_batch_size, gradient_accumulation_steps or steps_per_generation, or raise num_generations"
                  .formatted(plan.answers(), plan.promptsPerRollout(), prompts)));
    }
    return plan;
  }

  /** Answers of a rollout. */
  int answers() {
    return Math.multiplyExact(batch, slices);
  }

  int promptsPerRollout() {
    return answers() / group;
  }

  int rolloutsPerEpoch() {
    return prompts / promptsPerRollout();
  }

  /** Prompts that an epoch leaves out because they fill no rollout. */
  int leftOver() {
    return prompts % promptsPerRollout();
  }

  /** Answers that an epoch trains on, each as often as there are iterations. */
  int rows() {
    return Math.toIntExact((long) rolloutsPerEpoch() * answers() * iterations);
  }

  StepPlan steps(LoopOptions loop) {
    return new StepPlan(
        rows(),
        batch,
        loop.gradientAccumulationSteps(),
        SamplingStrategy.SEQUENTIAL,
        dataSeed,
        false,
        loop.numTrainEpochs(),
        loop.maxSteps());
  }

  /** Where the micro-batch is that begins with a row. */
  Place place(int epoch, int row) {
    int microBatch = row / batch;
    int perRollout = slices * iterations;
    int within = microBatch % perRollout;
    return new Place(epoch, microBatch / perRollout, within / slices, within % slices);
  }

  /** The place in the data set of the prompt of a row. */
  int prompt(int epoch, int row) {
    Place place = place(epoch, row);
    int answer = place.slice() * batch + row % batch;
    return order(epoch)[place.rollout() * promptsPerRollout() + answer / group];
  }

  private int[] order(int epoch) {
    return StepPlan.order(prompts, strategy, dataSeed, epoch);
  }

  /** The prompts of a rollout, places in the data set. */
  int[] prompts(Place place) {
    int from = place.rollout() * promptsPerRollout();
    return Arrays.copyOfRange(order(place.epoch()), from, from + promptsPerRollout());
  }

  /** The seed of each answer of a rollout, group after group. */
  List<Long> seeds(Place place) {
    long number = (long) place.epoch() * rolloutsPerEpoch() + place.rollout();
    List<Long> seeds = new ArrayList<>();
    for (int p = 0; p < promptsPerRollout(); p++) {
      for (int g = 0; g < group; g++) {
        seeds.add(SampleSeeds.of(seed, number * promptsPerRollout() + p, g));
      }
    }
    return seeds;
  }
}
