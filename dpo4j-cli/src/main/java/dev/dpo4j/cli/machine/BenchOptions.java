/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.machine;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import dev.dpo4j.loss.objective.LossType;
import dev.dpo4j.model.DeviceOptions;
import dev.dpo4j.model.family.BaseDtype;
import dev.dpo4j.model.weights.BaseForm;
import dev.dpo4j.model.weights.PackingOptions;
import dev.dpo4j.optim.GradientDtype;
import dev.dpo4j.optim.OptimizerName;
import dev.dpo4j.quant.WeightPacking;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The job that bench times; short names, so that one line can be given to two tools. */
record BenchOptions(
    @Option(aliases = "model_name_or_path", help = "Folder of the model in Hugging Face layout.")
        @Nullable String model,
    @Option(aliases = "dataset_name", help = "JSONL file of preference rows.")
        @Nullable String data,
    @Option(defaultValue = "16", range = "[1,inf)", help = "Rows, from the first of the file.")
        int n,
    @Option(
            defaultValue = "512",
            range = "[1,inf)",
            help = "Most tokens of prompt and answer together.")
        int maxLength,
    @Option(
            defaultValue = "2",
            range = "[1,inf)",
            aliases = "per_device_train_batch_size",
            help = "Pairs of a batch.")
        int bs,
    @Option(
            defaultValue = "float32",
            help =
                "Type of the weights: float32, or bfloat16 for the frozen ones under an adapter.")
        BaseDtype dtype,
    @Option(help = "Weights in 4 or 8 bits") PackingOptions packing,
    @Option(defaultValue = "0", range = "[0,1]", help = "1 computes in bfloat16.") int bf16,
    @Option(help = "Device") DeviceOptions device,
    @Option(
            defaultValue = "0",
            range = "[0,1]",
            aliases = "gradient_checkpointing",
            help = "1 recomputes activations.")
        int gc,
    @Option(
            defaultValue = "1",
            range = "[0,1]",
            aliases = "precompute_ref_log_probs",
            help = "1 computes the reference's log-probs before training, 0 keeps a second model.")
        int precompute,
    @Option(
            defaultValue = "0",
            range = "[0,inf)",
            help =
                "Rank of an adapter on all linear layers, trained instead of the model; 0 is none.")
        int lora,
    @Option(
            defaultValue = "5e-6",
            range = "(0,inf)",
            aliases = "learning_rate",
            help = "Learning rate, constant.")
        double lr,
    @Option(defaultValue = "sigmoid", aliases = "loss_type", help = "Loss.") LossType loss,
    @Option(defaultValue = "0.1", range = "(0,inf)", help = "Strength of the reference.")
        double beta,
    @Option(defaultValue = "adamw", help = "Optimizer, as in dpo.") OptimizerName optim,
    @Option(defaultValue = "float32", help = "Type of the gradients, as in dpo.")
        GradientDtype gradientDtype,
    @Option(defaultValue = "0", range = "[0,inf)", help = "Threads; 0 takes one a core.")
        int threads,
    @Option(help = "File that gets the JSON line, too.") @Nullable String out)
    implements Checked {

  /** How the weights of the model are held. */
  BaseForm base() {
    WeightPacking otherwise = lora > 0 ? WeightPacking.AS_STORED : WeightPacking.NONE;
    return new BaseForm(dtype.dtype(), packing.packing(otherwise));
  }

  @Override
  public void check(Check check) {
    if (lora == 0) {
      check.noEffect(
          Set.of("load_in_4bit", "load_in_8bit"), "without lora: these weights are not trained");
    }
    if (dtype == BaseDtype.BFLOAT16 && lora == 0) {
      check.fault(
          "dtype",
          "bfloat16 is for the frozen weights under an adapter: set lora, or see bf16 for the"
              + " products");
    }
  }
}
