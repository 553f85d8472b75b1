/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.terminal;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Locale;

/** Tells whether other programs use the cores that a command counts on. */
public final class BusyMachine {
  /** Below this share of the cores that it could have used, a command was held up. */
  private static final double HELD_UP = 0.6;

  private final long wall = System.nanoTime();
  private final long cpu = cpuNanos();

  private static long cpuNanos() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getProcessCpuTime()
        : -1;
  }

  /** Says that the machine is busy before anything has begun; empty where it is not. */
  public static String atStart() {
    return atStart(
        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage(),
        Runtime.getRuntime().availableProcessors());
  }

  static String atStart(double load, int cores) {
    if (load < 0.5 * cores) {
      return "";
    }
    return String.format(
        Locale.ROOT,
        "other programs are using this machine (load %.1f on %d cores): it will take longer",
        load,
        cores);
  }

  /**
   * Says that other programs held the command up; empty where they did not.
   *
   * @param threads threads that it computed with
   */
  public String atEnd(int threads) {
    long used = cpuNanos() - cpu;
    return cpu < 0 ? "" : atEnd(Duration.ofNanos(System.nanoTime() - wall), used, threads);
  }

  static String atEnd(Duration wall, long cpuNanos, int threads) {
    double share = cpuNanos / Math.max(1.0, wall.toNanos() * (double) threads);
    if (share >= HELD_UP) {
      return "";
    }
    return String.format(
        Locale.ROOT,
        "Other programs used the cores too: of %d threads this one had %.0f %%, so it took longer than on a quiet machine.",
        threads,
        100 * share);
  }
}
