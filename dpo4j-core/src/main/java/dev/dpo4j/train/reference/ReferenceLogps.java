/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.reference;

import java.util.List;

/**
 * Log-probabilities of the answers under the frozen reference model.
 *
 * <p>They are kept per token because some losses weigh tokens. Implementations: {@link
 * CachedReference}, computed once, and {@link ModelReference}, a second model in memory.
 */
public interface ReferenceLogps extends AutoCloseable {

  /**
   * Log-probabilities of one pair.
   *
   * @param chosen of each scored token of the chosen answer, nats
   * @param rejected of each scored token of the rejected answer, nats
   */
  @SuppressWarnings("ArrayRecordComponent") // numbers on the hot path; never compared
  record Answers(float[] chosen, float[] rejected) {}

  /** The log-probabilities of rows of the data set, in the order of {@code rows}. */
  List<Answers> of(int[] rows);

  /** Frees what the reference holds. */
  @Override
  void close();
}
