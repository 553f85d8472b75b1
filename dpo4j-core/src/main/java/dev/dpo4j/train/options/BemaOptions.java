/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.options;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import java.util.Set;

/** Whether an average of the weights is kept beside them (BEMA). */
public record BemaOptions(
    @Option(
            defaultValue = "false",
            help =
                "Keeps a moving average of the trained weights with its bias corrected, and writes it "
                    + "to output_dir/bema (BEMA, arXiv 2508.00180). It takes three times the memory "
                    + "of the trained weights, and changes nothing of the training.",
            difference = "A callback there: BEMACallback.")
        boolean bema,
    @Option(
            defaultValue = "400",
            range = "[1,inf)",
            help = "Optimizer steps between two updates of the average.",
            difference = "update_freq of BEMACallback there.")
        int bemaUpdateFreq,
    @Option(
            defaultValue = "0.5",
            range = "[0,inf)",
            help = "Power with which the weight of the newest weights falls; 0 makes no average.",
            difference = "ema_power of BEMACallback there.")
        double bemaEmaPower,
    @Option(
            defaultValue = "0.2",
            range = "[0,inf)",
            help = "Power with which the correction of the bias falls.",
            difference = "bias_power of BEMACallback there.")
        double bemaBiasPower,
    @Option(
            defaultValue = "10",
            range = "[1,inf)",
            help = "Steps that count as done before the first, for both powers.",
            difference = "lag of BEMACallback there.")
        int bemaLag,
    @Option(
            defaultValue = "0",
            range = "[0,inf)",
            help = "Optimizer steps before the average begins.",
            difference = "update_after of BEMACallback there.")
        int bemaUpdateAfter,
    @Option(
            defaultValue = "1.0",
            range = "[0,inf)",
            help = "What a step counts for both powers.",
            difference = "multiplier of BEMACallback there.")
        double bemaMultiplier,
    @Option(
            defaultValue = "0.0",
            range = "[0,1]",
            help = "Least weight of the newest weights.",
            difference = "min_ema_multiplier of BEMACallback there.")
        double bemaMinEmaMultiplier)
    implements Checked {
  /** No average. */
  public static final BemaOptions OFF = new BemaOptions(false, 400, 0.5, 0.2, 10, 0, 1, 0);

  /** Bytes that it takes for so many trained weights. */
  public long bytes(long trained) {
    return bema ? 3 * trained * Float.BYTES : 0;
  }

  @Override
  public void check(Check check) {
    if (!bema) {
      check.noEffect(
          Set.of(
              "bema_update_freq",
              "bema_ema_power",
              "bema_bias_power",
              "bema_lag",
              "bema_update_after",
              "bema_multiplier",
              "bema_min_ema_multiplier"),
          "without bema");
    }
  }
}
