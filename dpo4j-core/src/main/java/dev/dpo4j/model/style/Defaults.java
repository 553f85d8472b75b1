/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.style;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What transformers 5 takes where a family's config.json says nothing.
 *
 * @param kvHeads key and value heads; 0 stands for as many as query heads
 * @param headDim size of a head; 0 stands for hidden size over heads
 * @param slidingWindow positions that a layer with a window sees; 0 where none has one
 * @param rmsNormEps what norms add to the mean square
 * @param tied whether the head shares the embedding's matrix
 */
public record Defaults(
    int vocabSize,
    int hiddenSize,
    int intermediateSize,
    int layers,
    int heads,
    int kvHeads,
    int headDim,
    int maxPositionEmbeddings,
    int slidingWindow,
    double rmsNormEps,
    boolean tied,
    @Nullable Integer bosTokenId,
    List<Integer> eosTokenIds) {

  /** Copies the list. */
  public Defaults {
    eosTokenIds = List.copyOf(eosTokenIds);
  }
}
