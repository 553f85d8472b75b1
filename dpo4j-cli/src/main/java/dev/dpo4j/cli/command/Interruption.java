/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.command;

import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.io.OwnerLock;
import java.lang.reflect.Proxy;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns Ctrl-C and SIGTERM into a request to stop after the step.
 *
 * <p>The JVM runs shutdown hooks on SIGINT while the other threads go on. The hook raises the flag
 * and waits until the command has saved and called {@link #finished}; then it ends the process with
 * exit code 130. SIGTERM has a handler of its own, because a hook cannot tell the two apart.
 */
public final class Interruption {
  private static final Logger log = LoggerFactory.getLogger(Interruption.class);

  private final AtomicBoolean requested = new AtomicBoolean();
  private final AtomicBoolean terminated = new AtomicBoolean();
  private final AtomicBoolean listening = new AtomicBoolean();
  private final AtomicBoolean repeatable = new AtomicBoolean();
  private final CountDownLatch finished = new CountDownLatch(1);
  private volatile String last = "finishing this step and saving";

  /** Adds the hook to this process. */
  public void install(Console console) {
    Thread hook = new Thread(() -> onShutdown(console), "dpo4j-interruption");
    Runtime.getRuntime().addShutdownHook(hook);
    handleTerm(() -> terminate(console));
  }

  /**
   * Installs a handler for SIGTERM. The class is in every JDK we know but in no standard, and javac
   * warns at its name; where it is missing, SIGTERM is treated as Ctrl-C.
   */
  private static void handleTerm(Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object proxy =
          Proxy.newProxyInstance(
              handler.getClassLoader(),
              new Class<?>[] {handler},
              (self, method, arguments) -> {
                action.run();
                return null;
              });
      Object term = signal.getConstructor(String.class).newInstance("TERM");
      signal.getMethod("handle", signal, handler).invoke(null, term, proxy);
    } catch (ReflectiveOperationException | IllegalArgumentException e) {
      log.debug("SIGTERM is treated as Ctrl-C: {}", e.toString());
    }
  }

  /**
   * Does what SIGTERM does. It does not wait: the command ends by itself, and its exit code tells
   * of the signal.
   */
  public void terminate(Console console) {
    boolean first = !terminated.getAndSet(true);
    if (first && listening.get() && finished.getCount() > 0) {
      requested.set(true);
      console.err().println("terminated: " + last + " (once more ends at once)");
    } else {
      OwnerLock.giveBackAll();
      Runtime.getRuntime()
          .halt(repeatable.get() ? ExitCode.TERMINATED.code() : ExitCode.TERMINATED_AT_ONCE);
    }
  }

  /** The exit code of a command that stopped because it was asked to. */
  public ExitCode exitCode() {
    return terminated.get() ? ExitCode.TERMINATED : ExitCode.INTERRUPTED;
  }

  /**
   * Tells the hook that there is nothing to save yet, but that the same command may be given again:
   * a signal ends the process at once, and SIGTERM with the code that says so.
   */
  public void prepare() {
    repeatable.set(true);
  }

  /** Tells the hook that from now on somebody looks at {@link #requested}. */
  public void listen() {
    listening.set(true);
  }

  /**
   * Tells the hook that from now on somebody looks at {@link #requested}.
   *
   * @param last what is done before the end
   */
  public void listen(String last) {
    this.last = last;
    listen();
  }

  /** Tells whether the command should stop as soon as its state is whole. */
  public boolean requested() {
    return requested.get();
  }

  /** Lets the process end; called by the command after its last write. */
  public void finished() {
    finished.countDown();
  }

  private void onShutdown(Console console) {
    if (finished.getCount() == 0) {
      return;
    }
    requested.set(true);
    if (listening.get()) {
      console.err().println("interrupted: " + last + " (kill -9 ends at once)");
      await();
    }
    console.out().flush();
    console.err().flush();
    OwnerLock.giveBackAll();
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
