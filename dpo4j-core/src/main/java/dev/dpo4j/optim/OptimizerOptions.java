/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim;

import dev.dpo4j.config.Option;

/** The optimizer, which is AdamW with decoupled weight decay. */
public record OptimizerOptions(
    @Option(
            defaultValue = "adamw_torch_fused",
            choices = {
              "adamw_torch_fused",
              "adamw_torch",
              "adamw",
              "adamw_bf16_states",
              "adamw_8bit"
            },
            help =
                "AdamW; the first three names mean the same fused step. adamw_bf16_states keeps "
                    + "the running means in 4 bytes a weight instead of 8, adamw_8bit in 2.",
            difference = "adamw_8bit holds 8-bit floats, not the tables of bitsandbytes.")
        String optim,
    @Option(
            defaultValue = "1e-6",
            range = "[0,inf)",
            help = "The learning rate at the top of the schedule.")
        double learningRate,
    @Option(
            defaultValue = "0.0",
            range = "[0,inf)",
            help = "Decay of every weight except biases and norms, times the learning rate.")
        double weightDecay,
    @Option(defaultValue = "0.9", range = "[0,1)", help = "Decay of the mean of the gradients.")
        double adamBeta1,
    @Option(
            defaultValue = "0.999",
            range = "[0,1)",
            help = "Decay of the mean of the squared gradients.")
        double adamBeta2,
    @Option(defaultValue = "1e-8", range = "(0,inf)", help = "Keeps the division finite.")
        double adamEpsilon,
    @Option(
            defaultValue = "1.0",
            range = "[0,inf)",
            help = "Largest norm of all gradients together; 0 clips nothing.")
        double maxGradNorm,
    @Option(
            defaultValue = "float32",
            help =
                "Type in which the gradients of the layers are held between the passes of a step; "
                    + "bfloat16 saves 2 bytes a weight and rounds each pass.",
            difference = "TRL has no such key: gradients have the type of the weights.")
        GradientDtype gradientDtype) {

  /** How the running means are kept. */
  public MomentFormat momentFormat() {
    return switch (optim) {
      case "adamw_bf16_states" -> MomentFormat.BFLOAT16;
      case "adamw_8bit" -> MomentFormat.FLOAT8;
      default -> MomentFormat.FLOAT32;
    };
  }
}
