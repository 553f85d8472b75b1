/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The owner of the native memory that is taken while it is open.
 *
 * <p>Every {@link Tensor} made on this thread while a scope is open belongs to the innermost one
 * and is freed when that scope closes, unless {@link #keep} handed it to the scope outside. A
 * tensor made while no scope is open belongs to its maker, who closes it.
 */
public final class Scope implements AutoCloseable {
  private static final ThreadLocal<@Nullable Scope> CURRENT = new ThreadLocal<>();

  private final @Nullable Scope parent;
  private final List<Tensor> owned = new ArrayList<>();

  private Scope(@Nullable Scope parent) {
    this.parent = parent;
  }

  /** Opens a scope on this thread. */
  public static Scope open() {
    Scope scope = new Scope(CURRENT.get());
    CURRENT.set(scope);
    return scope;
  }

  /** Runs {@code maker} so that what it makes belongs to no scope. */
  public static Tensor outside(Supplier<Tensor> maker) {
    try (Suspended outside = suspend()) {
      return maker.get();
    }
  }

  /** Until it is closed, what is made on this thread belongs to no scope but to its maker. */
  public static Suspended suspend() {
    Scope scope = CURRENT.get();
    CURRENT.remove();
    return () -> {
      if (scope != null) {
        CURRENT.set(scope);
      }
    };
  }

  /** The end of {@link #suspend()}. */
  public interface Suspended extends AutoCloseable {
    @Override
    void close();
  }

  static void register(Tensor tensor) {
    Scope scope = CURRENT.get();
    if (scope != null) {
      scope.owned.add(tensor);
    }
  }

  /** Hands a tensor of this scope to the enclosing scope, or to the caller where there is none. */
  public Tensor keep(Tensor tensor) {
    for (int i = owned.size() - 1; i >= 0; i--) {
      if (owned.get(i) == tensor) {
        owned.remove(i);
        if (parent != null) {
          parent.owned.add(tensor);
        }
        return tensor;
      }
    }
    throw new IllegalArgumentException("the tensor to keep does not belong to this scope");
  }

  /** Frees what this scope owns. Scopes close in the reverse order of their opening. */
  @Override
  public void close() {
    if (CURRENT.get() != this) {
      throw new IllegalStateException("scopes must be closed innermost first, on their own thread");
    }
    for (int i = owned.size() - 1; i >= 0; i--) {
      owned.get(i).close();
    }
    owned.clear();
    if (parent == null) {
      CURRENT.remove();
    } else {
      CURRENT.set(parent);
    }
  }
}
