/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.filter;

import dev.dpo4j.template.value.Evaluation;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** An iterator made from one method that gives the next item or null; asked only when needed. */
public abstract class Lookahead implements Iterator<Object> {
  private @Nullable Object ahead;
  private boolean done;

  private final Evaluation in;

  public Lookahead(Evaluation in) {
    this.in = in;
  }

  public abstract @Nullable Object advance();

  @Override
  public final boolean hasNext() {
    if (ahead == null && !done) {
      // Filters over filters over filters would otherwise nest without bound.
      in.budget().enter();
      try {
        ahead = advance();
      } finally {
        in.budget().leave();
      }
      done = ahead == null;
    }
    return ahead != null;
  }

  @Override
  public final Object next() {
    if (!hasNext() || ahead == null) {
      throw new NoSuchElementException();
    }
    Object item = ahead;
    ahead = null;
    return item;
  }
}
