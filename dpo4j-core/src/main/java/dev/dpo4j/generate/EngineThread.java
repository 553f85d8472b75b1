/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate;

import dev.dpo4j.io.Futures;
import dev.dpo4j.io.ProcessMemory;
import dev.dpo4j.tensor.Backends;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread on which all engines of a program compute, in turn.
 *
 * <p>It sleeps while nobody wants anything. Closing it ends what is running as cancelled.
 */
public final class EngineThread implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EngineThread.class);

  private final Queue<Runnable> work = new ArrayDeque<>();
  private final List<GenerationEngine> engines = new ArrayList<>();
  private final LongSupplier available;
  private final Thread thread;
  private boolean woken;
  private boolean closed;

  private EngineThread(String name, LongSupplier available) {
    this.available = available;
    this.thread = new Thread(this::loop, name);
    this.thread.setDaemon(true);
  }

  /** Starts a thread. */
  public static EngineThread start(String name) {
    // What is free on a card is no measure: the engine keeps what it has freed there.
    return start(name, () -> Backends.onCard() ? 0 : ProcessMemory.availableBytes());
  }

  /**
   * Starts a thread in a memory.
   *
   * @param available bytes that can still be taken, 0 where that is not known
   */
  static EngineThread start(String name, LongSupplier available) {
    EngineThread started = new EngineThread(name, available);
    started.thread.start();
    return started;
  }

  /**
   * Makes an engine on this thread, which closes it in the end. Its answers begin only where there
   * is memory for all that may become of them and of what other engines have begun.
   */
  public GenerationEngine open(Supplier<GenerationEngine> maker) {
    return call(
        () -> {
          GenerationEngine engine = maker.get();
          engine.limitMemory(() -> left(engine));
          engines.add(engine);
          return engine;
        });
  }

  /** Bytes that an engine may still take. */
  private long left(GenerationEngine engine) {
    long free = available.getAsLong();
    if (free == 0) {
      return Long.MAX_VALUE;
    }
    for (GenerationEngine other : engines) {
      free -= other == engine ? 0 : other.promisedBytes();
    }
    return free;
  }

  /**
   * Asks one of the engines for an answer.
   *
   * @throws IllegalStateException if the thread was closed
   */
  public GenerationTask submit(GenerationEngine engine, GenerationRequest request) {
    synchronized (work) {
      requireOpen();
      GenerationTask task = engine.submit(request);
      wake();
      return task;
    }
  }

  /**
   * Does something on this thread, between two steps, and waits for it.
   *
   * @throws RuntimeException what it throws
   */
  public <T> T call(Callable<T> callable) {
    CompletableFuture<T> result = new CompletableFuture<>();
    synchronized (work) {
      requireOpen();
      work.add(
          () -> {
            try {
              result.complete(callable.call());
            } catch (Exception | Error e) {
              result.completeExceptionally(e);
            }
          });
      wake();
    }
    return Futures.join(result);
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the generator is closed");
    }
  }

  private void wake() {
    woken = true;
    work.notifyAll();
  }

  private void loop() {
    while (await()) {
      boolean busy = true;
      while (busy && !stopping()) {
        busy = runWork();
        for (GenerationEngine engine : engines) {
          busy |= step(engine);
        }
      }
    }
    runWork();
    engines.forEach(GenerationEngine::close);
  }

  private static boolean step(GenerationEngine engine) {
    try {
      return engine.step();
    } catch (RuntimeException | OutOfMemoryError e) {
      log.error("a step failed", e);
      return false;
    }
  }

  private boolean runWork() {
    boolean any = false;
    while (true) {
      Runnable next;
      synchronized (work) {
        next = work.poll();
      }
      if (next == null) {
        return any;
      }
      next.run();
      any = true;
    }
  }

  /** Sleeps until there may be something to do; returns false at the end. */
  private boolean await() {
    synchronized (work) {
      try {
        while (!woken && !closed) {
          work.wait();
        }
      } catch (InterruptedException e) {
        closed = true;
      }
      woken = false;
      return !closed;
    }
  }

  private boolean stopping() {
    synchronized (work) {
      return closed;
    }
  }

  /** Ends the thread after its step and waits for that. */
  @Override
  public void close() {
    synchronized (work) {
      closed = true;
      work.notifyAll();
    }
    boolean interrupted = false;
    while (thread.isAlive() && thread != Thread.currentThread()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
