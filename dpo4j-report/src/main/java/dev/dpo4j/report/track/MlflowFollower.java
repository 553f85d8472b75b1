/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.track;

import dev.dpo4j.io.RunTracker;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Sends a run folder from time to time, on a thread that ends with the process. */
final class MlflowFollower implements RunTracker.Following {
  private final MlflowSender sender;
  private final Pace pace;
  private final boolean withReport;
  private final Thread thread;
  private boolean closing;
  private boolean done;
  private @Nullable String problem;

  /**
   * When it sends.
   *
   * @param between the time between two looks at the log
   * @param longest the time between two attempts at a server that does not answer
   * @param end how long the end waits for the rest
   */
  record Pace(Duration between, Duration longest, Duration end) {
    static final Pace USUAL =
        new Pace(Duration.ofSeconds(2), Duration.ofMinutes(1), Duration.ofSeconds(5));
  }

  MlflowFollower(MlflowSender sender, Pace pace, boolean withReport) {
    this.sender = sender;
    this.pace = pace;
    this.withReport = withReport;
    this.thread = new Thread(this::run, "dpo4j-mlflow");
    thread.setDaemon(true);
  }

  MlflowFollower start() {
    thread.start();
    return this;
  }

  @Override
  public synchronized @Nullable String problem() {
    return problem;
  }

  /** Whether everything has been sent, the end of the run included. */
  synchronized boolean isDone() {
    return done;
  }

  String page() {
    return sender.page();
  }

  List<String> notes() {
    return sender.notes();
  }

  private void run() {
    try (sender) {
      Duration wait = pace.between();
      boolean last;
      do {
        last = await(wait);
        boolean went = attempt(last);
        Duration longer = wait.multipliedBy(2);
        wait =
            went ? pace.between() : longer.compareTo(pace.longest()) > 0 ? pace.longest() : longer;
      } while (!last);
    } catch (InterruptedException e) {
      // The end did not wait any longer: what is missing is sent later.
    } catch (IOException e) {
      tell(String.valueOf(e.getMessage()));
    }
  }

  private boolean attempt(boolean last) throws InterruptedException {
    try {
      sender.pass();
      if (last) {
        sender.finish(withReport);
      }
      succeeded(last);
      return true;
    } catch (IOException | RuntimeException e) {
      // Whatever goes wrong here is none of the run's business.
      tell(String.valueOf(e.getMessage()));
      return false;
    }
  }

  private synchronized void succeeded(boolean last) {
    problem = null;
    done = last;
  }

  private synchronized void tell(String what) {
    problem = what;
  }

  /** Waits for the next attempt, and tells whether it is the last one. */
  private synchronized boolean await(Duration wait) throws InterruptedException {
    long until = System.nanoTime() + wait.toNanos();
    for (long left = wait.toNanos(); left > 0 && !closing; left = until - System.nanoTime()) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return closing;
  }

  @Override
  public void close() {
    close(pace.end());
  }

  /** Sends the rest, for so long. */
  void close(Duration most) {
    synchronized (this) {
      closing = true;
      notifyAll();
    }
    try {
      thread.join(Math.max(1, most.toMillis()));
      thread.interrupt();
      thread.join(TimeUnit.SECONDS.toMillis(1));
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
    }
    if (!isDone() && problem() == null) {
      tell("the server is slow, and the run has ended before all was sent");
    }
  }
}
