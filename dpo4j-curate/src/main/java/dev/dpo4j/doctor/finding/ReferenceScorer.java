/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.finding;

import dev.dpo4j.data.token.TokenizedPair;

/** Tells how likely both answers of a pair are. */
@FunctionalInterface
public interface ReferenceScorer {
  /** Scores a pair. */
  PairScore score(TokenizedPair pair);
}
