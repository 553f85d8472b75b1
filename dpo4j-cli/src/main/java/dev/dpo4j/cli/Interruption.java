/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Turns Ctrl-C into a request to stop after the step.
 *
 * <p>The JVM runs shutdown hooks on SIGINT while the other threads go on. The hook raises the flag
 * and waits until the command has saved and called {@link #finished}; then it ends the process with
 * exit code 130. No signal handler is needed.
 */
final class Interruption {
  private final AtomicBoolean requested = new AtomicBoolean();
  private final AtomicBoolean listening = new AtomicBoolean();
  private final CountDownLatch finished = new CountDownLatch(1);

  /** Adds the hook to this process. */
  void install(Console console) {
    Thread hook = new Thread(() -> onShutdown(console), "dpo4j-interruption");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Tells the hook that from now on somebody looks at {@link #requested}. */
  void listen() {
    listening.set(true);
  }

  /** Tells whether the command should stop as soon as its state is whole. */
  boolean requested() {
    return requested.get();
  }

  /** Lets the process end; called by the command after its last write. */
  void finished() {
    finished.countDown();
  }

  private void onShutdown(Console console) {
    if (finished.getCount() == 0) {
      return;
    }
    requested.set(true);
    if (listening.get()) {
      console.err().println("interrupted: finishing this step and saving (kill -9 ends at once)");
      await();
    }
    console.out().flush();
    console.err().flush();
    Runtime.getRuntime().halt(ExitCode.INTERRUPTED.code());
  }

  private void await() {
    try {
      finished.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
