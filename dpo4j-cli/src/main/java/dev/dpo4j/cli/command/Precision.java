/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.command;

import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.weights.PrecisionOptions;
import dev.dpo4j.tensor.probe.Bfloat16;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The precision of commands that compute without training. */
public final class Precision {
  private static final Logger LOG = LoggerFactory.getLogger(Precision.class);

  private Precision() {}

  /** Returns how a command computes, and says so where that is not what was asked for. */
  public static ComputeOptions of(@Nullable Boolean bf16) {
    if (Boolean.TRUE.equals(bf16) && !Bfloat16.hasUnits()) {
      LOG.warn("bf16: {}", Bfloat16.FALLBACK);
    }
    return ComputeOptions.of(bf16);
  }

  /** Returns how a command makes text. */
  public static ComputeOptions of(PrecisionOptions options) {
    return options.isInt8() ? ComputeOptions.of(options) : of(options.bf16());
  }
}
