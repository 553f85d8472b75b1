/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ends a process whose heap is so full that it does nothing but look for room.
 *
 * <p>Where a little is found each time, the JVM's serial collector never gives up: the command
 * would seem to hang, for hours. This is what the parallel collector calls "GC overhead limit
 * exceeded".
 */
final class HeapWatch {
  /** Time between two looks. */
  private static final Duration BEAT = Duration.ofSeconds(2);

  /** So many looks in a row must find the heap full. */
  private static final int LOOKS = 5;

  /** The share of the time that collecting takes, and the share of the heap that it leaves full. */
  private static final double FULL = 0.9;

  private final Runnable end;
  private int full;
  private long lastNanos;
  private long lastMillis;

  /**
   * Makes a watch.
   *
   * @param end ends the process; called once
   */
  HeapWatch(Runnable end) {
    this.end = end;
  }

  /** Watches from now on, without keeping the process alive. */
  @SuppressWarnings("ThreadPriorityCheck") // only helps: a full heap leaves others all the time
  void start() {
    Thread thread = new Thread(this::watch, "dpo4j-heap");
    thread.setDaemon(true);
    thread.setPriority(Thread.MAX_PRIORITY);
    thread.start();
  }

  private void watch() {
    try {
      // Most commands are done before the beans are needed, which take a while to load.
      Thread.sleep(BEAT.toMillis());
      List<GarbageCollectorMXBean> collectors = ManagementFactory.getGarbageCollectorMXBeans();
      List<MemoryPoolMXBean> pools = ManagementFactory.getMemoryPoolMXBeans();
      boolean over = false;
      while (!over) {
        long millis = collectors.stream().mapToLong(bean -> bean.getCollectionTime()).sum();
        over = look(System.nanoTime(), millis, filled(pools));
        Thread.sleep(BEAT.toMillis());
      }
    } catch (InterruptedException e) {
      return;
    } catch (OutOfMemoryError e) {
      // Not even the watch finds room.
    }
    end.run();
  }

  /**
   * Takes what a look found.
   *
   * @param nanos the time now
   * @param collecting milliseconds that collections have taken so far
   * @param filled the share of the heap that the last one left full
   * @return whether the heap has been full for long enough
   */
  boolean look(long nanos, long collecting, double filled) {
    double share = (collecting - lastMillis) * 1e6 / Math.max(1, nanos - lastNanos);
    full = share > FULL && filled > FULL ? full + 1 : 0;
    lastNanos = nanos;
    lastMillis = collecting;
    return full >= LOOKS;
  }

  /** The fullest pool of the heap after its last collection. */
  private static double filled(List<MemoryPoolMXBean> pools) {
    double most = 0;
    for (MemoryPoolMXBean pool : pools) {
      @Nullable MemoryUsage usage =
          pool.getType() == MemoryType.HEAP ? pool.getCollectionUsage() : null;
      if (usage != null && usage.getMax() > 0) {
        most = Math.max(most, (double) usage.getUsed() / usage.getMax());
      }
    }
    return most;
  }
}
