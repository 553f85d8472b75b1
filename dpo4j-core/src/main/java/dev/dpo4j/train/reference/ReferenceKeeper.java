/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.reference;

import java.io.IOException;
import java.nio.file.Path;

/** Looks after the model behind a reference: follows the policy, keeps its state, frees it. */
public interface ReferenceKeeper extends AutoCloseable {
  /** Of a reference that needs no model any more. */
  ReferenceKeeper NONE = () -> {};

  /** Is told that the policy was updated by step {@code step}, counted from 1. */
  default void afterStep(long step) {}

  /**
   * Writes into a checkpoint what has changed since the run began.
   *
   * @throws IOException if it cannot be written
   */
  default void saveState(Path checkpoint) throws IOException {}

  /** Reads back what {@link #saveState} wrote. */
  default void restoreState(Path checkpoint) {}

  @Override
  void close();
}
