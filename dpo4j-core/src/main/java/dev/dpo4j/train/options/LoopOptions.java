/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.options;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.tensor.Backends;
import dev.dpo4j.tensor.probe.Bfloat16;
import org.jspecify.annotations.Nullable;

/** How long is trained, in which order, in which precision. */
public record LoopOptions(
    @Option(defaultValue = "8", range = "[1,inf)", help = "Number of rows per micro-batch.")
        int perDeviceTrainBatchSize,
    @Option(
            defaultValue = "1",
            range = "[1,inf)",
            help = "Number of micro-batches per optimizer step.")
        int gradientAccumulationSteps,
    @Option(
            defaultValue = "3.0",
            range = "(0,inf)",
            help =
                "Number of passes over the data; may be a fraction. max_steps takes precedence if "
                    + "it is set.")
        double numTrainEpochs,
    @Option(
            defaultValue = "-1",
            range = "[-1,inf)",
            help =
                "Number of optimizer steps to train, beyond the end of an epoch if necessary; -1 "
                    + "uses num_train_epochs instead.")
        int maxSteps,
    @Option(
            defaultValue = "random",
            help =
                "Order of the rows: random (a new order every epoch, the same as TRL's for this "
                    + "seed) or sequential (file order).",
            difference = "group_by_length and batch_rebalance are refused.")
        SamplingStrategy trainSamplingStrategy,
    @Option(
            defaultValue = "false",
            help = "Drops the last rows of an epoch when they do not fill a micro-batch.")
        boolean dataloaderDropLast,
    @Option(defaultValue = "42", help = "Random seed for the whole run.") long seed,
    @Option(help = "Seed for the order of the rows; null uses seed.") @Nullable Long dataSeed,
    @Option(
            help =
                "Computes in bfloat16 over float32 master weights; in float32 where the processor "
                    + "has no bfloat16 units. Left out, it is true on a card and false on the CPU.",
            difference = "TRL's default is true; on most CPUs float32 is faster, see doctor.")
        @Nullable Boolean bf16,
    @Option(
            help =
                "Rounds the factors of float32 products to tf32: faster, less exact. Cards of compute "
                    + "capability 8.0 or newer only.")
        @Nullable Boolean tf32,
    @Option(
            defaultValue = "false",
            help =
                "Has attention in bfloat16 on a card sum its gradients in a fixed order, so that the "
                    + "same run gives the same bytes; slower. Everything else always does so.")
        boolean fullDeterminism,
    @Option(
            defaultValue = "auto",
            aliases = "activation_checkpointing",
            help =
                "Recomputes layer activations in the backward pass: less memory, up to a third more "
                    + "work, the same results. auto recomputes as few layers as the free memory allows.",
            difference = "TRL's default is true, and it knows no auto.")
        GradientCheckpointing gradientCheckpointing,
    @Option(
            defaultValue = "false",
            help =
                "Moves what layers keep for the backward pass to the host's memory, and back ahead "
                    + "of it: less memory of the card, the same results. Cards only.")
        boolean activationOffloading,
    @Option(
            defaultValue = "1800",
            range = "[1,inf)",
            help =
                "Seconds after which a run over several processes stops waiting for one of them.")
        int ddpTimeout,
    @Option(
            defaultValue = "none",
            help =
                "What a run over several processes divides among them beside the rows: none, "
                    + "optimizer (its state; each process updates its part of the weights), or full "
                    + "(weights and gradients, too; a layer is put together while it is computed). "
                    + "The results and the checkpoints are the same.",
            difference = "Not in TRL. fsdp and DeepSpeed's stages become this key.")
        Shard shard,
    @Option(
            defaultValue = "false",
            help =
                "Turns warnings about a changed meaning into errors, such as bf16 on a processor "
                    + "without bfloat16 units.",
            difference = "Not in TRL.")
        boolean strict)
    implements Checked {
  /** Rows of a step; the largest runs known have some thousands. */
  private static final long MOST_ROWS = 10_000_000;

  /** Decides the order of the rows: {@code data_seed} where it is given, else {@code seed}. */
  public long orderSeed() {
    return dataSeed == null ? seed : dataSeed;
  }

  /**
   * Refuses {@code bf16} with {@code strict} on a processor without bfloat16 units.
   *
   * @throws ConfigException with the key and what to do
   */
  public void checkProcessor() {
    if (strict && Boolean.TRUE.equals(bf16) && !Bfloat16.hasUnits()) {
      throw new ConfigException(
          new Fault(
              "bf16",
              "",
              "is true, but this device has no bfloat16 units: set it to false, or leave out"
                  + " strict to compute in float32"));
    }
  }

  /**
   * Has the device sum as these options say.
   *
   * @throws dev.dpo4j.tensor.DeviceException if it cannot, with what to do
   */
  public void chooseSums() {
    Backends.chooseSums(Boolean.TRUE.equals(tf32), fullDeterminism);
  }

  @Override
  public void check(Check check) {
    if ((long) perDeviceTrainBatchSize * gradientAccumulationSteps > MOST_ROWS) {
      check.fault(
          gradientAccumulationSteps > perDeviceTrainBatchSize
              ? "gradient_accumulation_steps"
              : "per_device_train_batch_size",
          "gradient_accumulation_steps %d with per_device_train_batch_size %d makes steps of %d rows, expected at most %d"
              .formatted(
                  gradientAccumulationSteps,
                  perDeviceTrainBatchSize,
                  (long) perDeviceTrainBatchSize * gradientAccumulationSteps,
                  MOST_ROWS));
    }
    if (maxSteps == 0) {
      check.fault("max_steps", "must be at least 1, or -1 for num_train_epochs, but was 0");
    }
    if (trainSamplingStrategy == SamplingStrategy.SEQUENTIAL) {
      check.noEffect("data_seed", "with train_sampling_strategy sequential");
    }
  }
}
