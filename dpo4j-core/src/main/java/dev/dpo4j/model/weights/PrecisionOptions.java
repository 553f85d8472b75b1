/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.weights;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import dev.dpo4j.nn.DecodeWeights;
import org.jspecify.annotations.Nullable;

/** In what precision text is made. */
public record PrecisionOptions(
    @Option(
            help =
                "Computes in bfloat16 instead of float32. Left out, it is true on a card and false on "
                    + "the CPU.")
        @Nullable Boolean bf16,
    @Option(
            defaultValue = "exact",
            help =
                "How weights are read for each new token: exact, or int8 for 8 bits, which is faster"
                    + " and changes answers a little. The CPU only.")
        DecodeWeights decodeWeights)
    implements Checked {
  @Override
  public void check(Check check) {
    if (isInt8() && Boolean.TRUE.equals(bf16)) {
      check.fault("bf16", "is not possible with decode_weights: int8, which computes in float32");
    }
  }

  /** Whether weights are read in 8 bits for new tokens. */
  public boolean isInt8() {
    return decodeWeights == DecodeWeights.INT8;
  }
}
