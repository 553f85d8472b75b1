/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.probe;

import dev.dpo4j.tensor.Engine;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Finds out whether steps of a decoder are done faster by all threads or by one.
 *
 * <p>A step of few rows is a chain of short operations. Where one core reads memory about as fast
 * as all, or where the cores are busy, what the threads save is less than the time in which they
 * wait for each other. Some steps are timed both ways, then the faster way is kept for a while. It
 * is for steps only whose results do not depend on the number of threads.
 */
public final class StepThreads {
  /** Steps that are timed each way. */
  private static final int TRIES = 4;

  /** Steps until the ways are compared again: circumstances change. */
  private static final int PERIOD = 256;

  private final int threads;
  private final LongSupplier clock;
  private final Map<Integer, Comparison> comparisons = new HashMap<>();

  /** Compares the engine's present number of threads with one. */
  public StepThreads() {
    this(Engine.ensureStarted().threads(), System::nanoTime);
  }

  StepThreads(int threads, LongSupplier clock) {
    this.threads = threads;
    this.clock = clock;
  }

  private static final class Comparison {
    private int step;
    private long byOne;
    private long byAll;

    boolean takesOne() {
      return step < 2 * TRIES ? step % 2 == 1 : byOne < byAll;
    }

    void add(boolean one, long nanos) {
      if (step < 2 * TRIES) {
        byOne += one ? nanos : 0;
        byAll += one ? 0 : nanos;
      }
      step++;
      if (step == PERIOD) {
        step = 0;
        byOne = 0;
        byAll = 0;
      }
    }
  }

  /**
   * Does a step.
   *
   * @param rows its rows; steps of about as many are compared with each other
   */
  public <T> T run(int rows, Supplier<T> step) {
    if (threads == 1) {
      return step.get();
    }
    Comparison comparison =
        comparisons.computeIfAbsent(Integer.highestOneBit(rows), size -> new Comparison());
    boolean one = comparison.takesOne();
    long start = clock.getAsLong();
    try {
      if (one) {
        Engine.ensureStarted().useThreads(1);
      }
      return step.get();
    } finally {
      if (one) {
        Engine.ensureStarted().useThreads(threads);
      }
      comparison.add(one, clock.getAsLong() - start);
    }
  }
}
