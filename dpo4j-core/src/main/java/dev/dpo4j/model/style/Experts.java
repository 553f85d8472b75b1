/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.style;

import java.util.List;

/**
 * Feed-forward blocks of which a router picks a few for each token.
 *
 * @param count experts of a layer
 * @param perToken how many a token passes, at most {@code count}
 * @param intermediateSize width inside an expert
 * @param normalise whether the weights of a token's experts are scaled to the sum 1
 * @param auxiliaryCoefficient weight of the loss that keeps experts evenly used
 * @param auxiliaryWanted whether config.json asks for that loss ({@code output_router_logits})
 * @param sparse for each layer, whether it has experts; the others have one block
 */
public record Experts(
    int count,
    int perToken,
    int intermediateSize,
    boolean normalise,
    double auxiliaryCoefficient,
    boolean auxiliaryWanted,
    List<Boolean> sparse) {

  /** Copies the list. */
  public Experts {
    sparse = List.copyOf(sparse);
  }
}
