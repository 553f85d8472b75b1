/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.io;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Waiting for work of other threads. */
public final class Futures {
  private Futures() {}

  /**
   * Waits for a result, and throws what the work threw.
   *
   * @throws RuntimeException of the work, as it threw it
   * @throws CompletionException around any other failure of the work
   */
  public static <T> T join(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }
}
