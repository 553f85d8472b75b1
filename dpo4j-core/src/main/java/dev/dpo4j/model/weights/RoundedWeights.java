/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.weights;

import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.Tensor;

/**
 * Copies of float32 weights in bfloat16, which a card multiplies.
 *
 * <p>They are renewed only where that is needed: an optimizer that writes weights may write the
 * copies in the same pass, and as long as nobody asks for the weights, nobody has changed them.
 */
public final class RoundedWeights implements AutoCloseable {
  private final ParameterStore base;
  private final ParameterStore rounded;
  private long renewedAt = -1;

  /**
   * Makes copies, which hold nothing before {@link #refresh}.
   *
   * @param base the weights
   * @param rounded memory for the copies in the layout of the weights; closed with this
   */
  public RoundedWeights(ParameterStore base, ParameterStore rounded) {
    this.base = base;
    this.rounded = rounded;
    base.keepCopy(rounded.readValues());
  }

  /** The copies, under the names of the weights. */
  public ParameterStore store() {
    return rounded;
  }

  /** Brings the copies up to date; to be called before each pass. */
  public void refresh() {
    Tensor copies = rounded.readValues();
    if (base.handedOut() == renewedAt || base.isUpToDate(copies)) {
      return;
    }
    copies.copy_(base.readValues());
    renewedAt = base.handedOut();
  }

  @Override
  public void close() {
    base.forgetCopy(rounded.readValues());
    rounded.close();
  }
}
