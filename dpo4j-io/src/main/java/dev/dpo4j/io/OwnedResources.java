/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.io;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** Things that were made one upon the other, and are freed in the reverse order. */
public final class OwnedResources implements AutoCloseable {
  private final Deque<AutoCloseable> newestFirst = new ArrayDeque<>();

  /** Takes a thing over and returns it. */
  public <T extends AutoCloseable> T add(T made) {
    newestFirst.push(made);
    return made;
  }

  /** Closes all because of a failure; what fails on the way is added to it. */
  public void closeAfter(Throwable failure) {
    while (!newestFirst.isEmpty()) {
      try {
        newestFirst.pop().close();
      } catch (Exception e) {
        failure.addSuppressed(e);
      }
    }
  }

  /** Closes all, also where one of them fails; the first failure is thrown at the end. */
  @Override
  public void close() {
    @Nullable RuntimeException first = null;
    while (!newestFirst.isEmpty()) {
      try {
        newestFirst.pop().close();
      } catch (Exception e) {
        if (first == null) {
          first = e instanceof RuntimeException known ? known : new IllegalStateException(e);
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }
}
