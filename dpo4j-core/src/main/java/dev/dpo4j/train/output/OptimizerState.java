/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.output;

import dev.dpo4j.checkpoint.FlatTensors;
import dev.dpo4j.optim.Optimizer;
import java.util.ArrayList;
import java.util.List;

/** What an optimizer keeps between steps, as tensors of a checkpoint. */
public final class OptimizerState {
  private OptimizerState() {}

  /** The state: by parameter where it lies so, else as it lies. */
  public static List<FlatTensors.Part> parts(Optimizer optimizer) {
    List<FlatTensors.Part> parts = new ArrayList<>();
    optimizer
        .state()
        .forEach(
            (name, tensor) ->
                parts.addAll(
                    optimizer.stateLiesAsParameters()
                        ? FlatTensors.cut(name + ".", tensor, optimizer.parameters())
                        : List.of(FlatTensors.Part.whole(name, tensor))));
    return parts;
  }
}
