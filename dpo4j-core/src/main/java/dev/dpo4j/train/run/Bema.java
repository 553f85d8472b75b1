/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.run;

import dev.dpo4j.checkpoint.FlatTensors;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.train.options.BemaOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A moving average of the trained weights with its bias corrected (BEMA; Block and Zhang 2025,
 * arXiv 2508.00180), as TRL's BEMACallback computes it.
 *
 * <p>With the weights θ_t after step t, and θ_0 those after step {@code bema_update_after}: the
 * average becomes (1 - β_t) average + β_t θ_t, and the result average + α_t (θ_t - θ_0), where β_t
 * is (lag + multiplier t)^-ema_power and α_t is (lag + multiplier t)^-bias_power.
 */
final class Bema implements AutoCloseable {
  private static final String FILE_NAME = "bema.safetensors";

  private final BemaOptions options;
  private final ParameterStore weights;
  private final Tensor start;
  private final Tensor average;
  private final Tensor result;

  /** Begins with the weights as they are. */
  Bema(BemaOptions options, ParameterStore weights) {
    this.options = options;
    this.weights = weights;
    this.start = copy(weights);
    this.average = copy(weights);
    this.result = copy(weights);
  }

  private static Tensor copy(ParameterStore weights) {
    return Tensor.empty(DType.FLOAT32, weights.count()).copy_(weights.values());
  }

  /** Looks at the weights after step {@code step}, counted from 1. */
  void afterStep(long step) {
    long since = step - options.bemaUpdateAfter();
    if (since == 0) {
      start.copy_(weights.values());
      average.copy_(weights.values());
    } else if (since > 0 && since % options.bemaUpdateFreq() == 0) {
      double age = options.bemaLag() + options.bemaMultiplier() * step;
      double beta =
          Math.max(Math.pow(age, -options.bemaEmaPower()), options.bemaMinEmaMultiplier());
      double alpha = Math.pow(age, -options.bemaBiasPower());
      average.mul_(1 - beta).add_(weights.values(), beta);
      result.copy_(weights.values()).sub_(start).mul_(alpha).add_(average);
    }
  }

  /** Calls with the averaged weights in the place of the trained ones, which come back then. */
  void withResult(Runnable action) {
    start.copy_(weights.values()); // No step follows, so that it is free.
    weights.values().copy_(result);
    try {
      action.run();
    } finally {
      weights.values().copy_(start);
    }
  }

  void save(Path checkpoint) throws IOException {
    FlatTensors.write(checkpoint.resolve(FILE_NAME), parts());
  }

  void restore(Path checkpoint) {
    FlatTensors.read(checkpoint.resolve(FILE_NAME), parts());
  }

  private List<FlatTensors.Part> parts() {
    return List.of(
        FlatTensors.Part.whole("start", start),
        FlatTensors.Part.whole("average", average),
        FlatTensors.Part.whole("result", result));
  }

  @Override
  public void close() {
    start.close();
    average.close();
    result.close();
  }
}
