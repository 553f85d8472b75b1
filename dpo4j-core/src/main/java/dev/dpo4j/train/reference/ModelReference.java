/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.reference;

import dev.dpo4j.model.CausalLm;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A second, frozen model that scores each batch when it is trained on. */
public final class ModelReference implements ReferenceLogps {
  private final CausalLm model;
  private final PairScorer scorer;
  private final @Nullable Map<Integer, Answers> known;

  /**
   * Makes a reference around a model that somebody else closes.
   *
   * @param remember whether a row is computed only once until {@link #forget}
   */
  public ModelReference(CausalLm model, PairScorer scorer, boolean remember) {
    this.model = model;
    this.scorer = scorer;
    this.known = remember ? new HashMap<>() : null;
  }

  @Override
  public List<Answers> of(int[] rows) {
    if (known == null) {
      return scorer.answers(model, rows);
    }
    if (Arrays.stream(rows).anyMatch(row -> !known.containsKey(row))) {
      List<Answers> computed = scorer.answers(model, rows);
      for (int i = 0; i < rows.length; i++) {
        known.putIfAbsent(rows[i], computed.get(i));
      }
    }
    return Arrays.stream(rows).mapToObj(known::get).toList();
  }

  /** Tells that the model has changed. */
  public void forget() {
    if (known != null) {
      known.clear();
    }
  }

  @Override
  public void close() {
    // The model belongs to somebody else.
  }
}
