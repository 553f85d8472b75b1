/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

import dev.dpo4j.checkpoint.ResumeState;
import dev.dpo4j.io.Checksums;
import dev.dpo4j.tensor.TorchGenerator;
import dev.dpo4j.train.options.LoopOptions;
import dev.dpo4j.train.options.SamplingStrategy;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which rows each optimizer step of a run trains on, as a pure function of the step.
 *
 * <p>The plan equals that of transformers' Trainer with accelerate's seedable sampler: epoch e
 * visits the rows in the order {@code torch.randperm} gives for the seed plus e; the rows left over
 * at the end of an epoch make a short micro-batch, and the micro-batches left over make a short
 * step. A resumed run asks for a later step and needs no other state.
 */
public final class StepPlan {
  private final int rows;
  private final int batchSize;
  private final int accumulation;
  private final SamplingStrategy strategy;
  private final long seed;
  private final boolean dropLast;
  private final long maxSteps;
  private int orderedEpoch = -1;
  private int[] order = new int[0];

  /**
   * Plans a run.
   *
   * @param rows kept rows of the data, at least 1
   * @param batchSize rows of a micro-batch ({@code per_device_train_batch_size})
   * @param accumulation micro-batches of a step ({@code gradient_accumulation_steps})
   * @param strategy the order of an epoch
   * @param seed {@code data_seed} where it is given, else {@code seed}
   * @param dropLast whether the rows that fill no micro-batch are left out ({@code
   *     dataloader_drop_last})
   * @param numTrainEpochs epochs to train, may be a fraction; without effect where maxSteps is set
   * @param maxSteps optimizer steps to train, or a negative number for {@code numTrainEpochs}
   * @throws IllegalArgumentException if a number is out of its range
   */
  public StepPlan(
      int rows,
      int batchSize,
      int accumulation,
      SamplingStrategy strategy,
      long seed,
      boolean dropLast,
      double numTrainEpochs,
      long maxSteps) {
    this.rows = atLeastOne("rows of training data", rows);
    this.batchSize = atLeastOne("per_device_train_batch_size", batchSize);
    this.accumulation = atLeastOne("gradient_accumulation_steps", accumulation);
    this.strategy = strategy;
    this.seed = seed;
    this.dropLast = dropLast;
    if (batchesPerEpoch() == 0) {
      throw new IllegalArgumentException(
          "dataloader_drop_last leaves no batch: "
              + rows
              + " rows are kept, per_device_train_batch_size is "
              + batchSize);
    }
    if (maxSteps == 0 || (maxSteps < 0 && !(numTrainEpochs > 0))) {
      throw new IllegalArgumentException(
          "Nothing to train: max_steps is "
              + maxSteps
              + " and num_train_epochs "
              + numTrainEpochs
              + "; one of them must be greater than 0");
    }
    double steps = maxSteps > 0 ? maxSteps : Math.ceil(numTrainEpochs * stepsPerEpoch());
    if (steps > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "num_train_epochs %s over %d rows makes %.3g steps, more than any run can do; lower it"
              .formatted(numTrainEpochs, rows, steps));
    }
    this.maxSteps = (long) steps;
  }

  private static int atLeastOne(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be 1 or more, but is " + value);
    }
    return value;
  }

  /**
   * Plans a run as the options of its loop say, but for the number of steps.
   *
   * @param processes the processes that share each micro-batch, with as many rows for each as a
   *     single process would have
   * @param maxSteps optimizer steps to train, or a negative number for {@code num_train_epochs}
   */
  public static StepPlan of(int rows, LoopOptions loop, int processes, long maxSteps) {
    return new StepPlan(
        rows,
        Math.multiplyExact(loop.perDeviceTrainBatchSize(), processes),
        loop.gradientAccumulationSteps(),
        loop.trainSamplingStrategy(),
        loop.orderSeed(),
        loop.dataloaderDropLast(),
        loop.numTrainEpochs(),
        maxSteps);
  }

  /** Micro-batches of an epoch. */
  public int batchesPerEpoch() {
    return dropLast ? rows / batchSize : Math.toIntExact(((long) rows + batchSize - 1) / batchSize);
  }

  /** Optimizer steps of an epoch; the last one may have fewer micro-batches. */
  public int stepsPerEpoch() {
    return Math.toIntExact(((long) batchesPerEpoch() + accumulation - 1) / accumulation);
  }

  /** Optimizer steps of the whole run. */
  public long maxSteps() {
    return maxSteps;
  }

  /** Epochs that the run touches, the last one perhaps in part. */
  public int epochs() {
    return Math.toIntExact((maxSteps + stepsPerEpoch() - 1) / stepsPerEpoch());
  }

  /**
   * The rows of a step.
   *
   * @param step counted from 1 to {@link #maxSteps}
   * @throws IndexOutOfBoundsException if there is no such step
   */
  public OptimizerStep step(long step) {
    if (step < 1 || step > maxSteps) {
      throw new IndexOutOfBoundsException(
          "Step " + step + " is outside the run of " + maxSteps + " steps");
    }
    int epochIndex = Math.toIntExact((step - 1) / stepsPerEpoch());
    int firstBatch = (int) ((step - 1) % stepsPerEpoch()) * accumulation;
    int endBatch = Math.min(firstBatch + accumulation, batchesPerEpoch());
    int[] epochOrder = epochOrder(epochIndex);
    List<int[]> microBatches = new ArrayList<>();
    for (int batch = firstBatch; batch < endBatch; batch++) {
      int from = batch * batchSize;
      microBatches.add(Arrays.copyOfRange(epochOrder, from, Math.min(from + batchSize, rows)));
    }
    double epoch = epochIndex + (double) endBatch / batchesPerEpoch();
    return new OptimizerStep(step, epochIndex, microBatches, epoch);
  }

  /**
   * Where the data are when so many steps are done: before the first micro-batch of the next step.
   */
  public ResumeState.Sampler sampler(long stepsDone) {
    int epochIndex = Math.toIntExact(stepsDone / stepsPerEpoch());
    long microBatch = stepsDone % stepsPerEpoch() * accumulation;
    MessageDigest digest = Checksums.digest();
    ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES);
    for (int row : epochOrder(epochIndex)) {
      digest.update(bytes.putInt(0, row).array());
    }
    return new ResumeState.Sampler(seed, epochIndex, microBatch, Checksums.hex(digest));
  }

  /** The order in which an epoch visits the rows. */
  private int[] epochOrder(int epochIndex) {
    if (orderedEpoch != epochIndex) {
      order = order(rows, strategy, seed, epochIndex);
      orderedEpoch = epochIndex;
    }
    return order;
  }

  /**
   * The order in which an epoch visits the rows, as a pure function.
   *
   * @param rows number of rows
   * @param strategy random or sequential
   * @param seed the run's seed for data
   * @param epoch counted from 0
   */
  public static int[] order(int rows, SamplingStrategy strategy, long seed, int epoch) {
    return switch (strategy) {
      case RANDOM -> new TorchGenerator(seed + epoch).permutation(rows);
      case SEQUENTIAL -> {
        int[] order = new int[rows];
        Arrays.setAll(order, i -> i);
        yield order;
      }
    };
  }
}
