/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.command;

import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.cli.terminal.TextWidth;
import dev.dpo4j.cli.terminal.Units;
import dev.dpo4j.config.value.Secrets;
import dev.dpo4j.hub.repo.HubListener;
import java.time.Duration;

/** Shows transfers on stderr: one line that is drawn over, or few plain ones. */
final class HubProgress implements HubListener {
  private static final int PLAIN_LINES = 10;
  private static final long REDRAW_NANOS = 100_000_000L;
  private static final int BAR = 20;

  private final Console console;
  private final boolean shown;
  private String what = "";
  private int files;
  private int filesDone;
  private long bytes;
  private long present;
  private long at;
  private long start;
  private long drawn;
  private int tenths;

  HubProgress(Console console, boolean shown) {
    this.console = console;
    this.shown = shown;
  }

  @Override
  public synchronized void begins(String name, int count, long total, long left) {
    what = name;
    files = count;
    filesDone = 0;
    bytes = total;
    present = left;
    at = left;
    start = System.nanoTime();
    tenths = total > 0 ? (int) (left * PLAIN_LINES / total) : 0;
    if (shown) {
      String rest = left == 0 ? "" : ", of which " + Units.bytes(left) + " are here";
      console
          .err()
          .println(
              name
                  + ": "
                  + count
                  + (count == 1 ? " file, " : " files, ")
                  + Units.bytes(total)
                  + rest);
    }
  }

  @Override
  public synchronized void advances(long more) {
    at += more;
    show(false);
  }

  @Override
  public synchronized void fileDone(String path) {
    filesDone++;
    show(filesDone == files);
  }

  @Override
  public synchronized void ends() {
    status("");
  }

  @Override
  public synchronized void notice(String text) {
    console.err().println(Secrets.mask(text));
  }

  private void show(boolean last) {
    long now = System.nanoTime();
    if (!shown) {
      return;
    }
    if (console.terminal().interactive()) {
      if (now - drawn > REDRAW_NANOS) {
        drawn = now;
        status(TextWidth.cut(bar() + " " + line(now), console.terminal().width() - 1));
      }
    } else if (last || (bytes > 0 && at * PLAIN_LINES / bytes > tenths)) {
      tenths = bytes > 0 ? (int) (at * PLAIN_LINES / bytes) : 0;
      console.err().println("  " + line(now));
    }
  }

  private String line(long now) {
    double seconds = (now - start) / 1e9;
    long moved = at - present;
    // The time left stands before what a narrow terminal cuts off.
    StringBuilder line = new StringBuilder(what);
    line.append("  ")
        .append(Units.bytes(Math.max(0, at)))
        .append(" of ")
        .append(Units.bytes(bytes));
    boolean known = seconds > 0.2 && moved > 0;
    double rate = moved / Math.max(seconds, 1e-9);
    if (known && at < bytes) {
      long left = (long) ((bytes - at) / rate);
      line.append("  ETA ").append(Units.time(Duration.ofSeconds(left)));
    }
    line.append("  ").append(filesDone).append('/').append(files).append(" files");
    if (known) {
      line.append("  ").append(Units.bytes((long) rate)).append("/s");
    }
    return line.toString();
  }

  private String bar() {
    int full = bytes == 0 ? BAR : (int) Math.max(0, Math.min(BAR, BAR * at / bytes));
    return console.terminal().unicode()
        ? "\u2588".repeat(full) + "\u2591".repeat(BAR - full)
        : "[" + "#".repeat(full) + ".".repeat(BAR - full) + "]";
  }

  private void status(String text) {
    if (console.terminal().interactive()) {
      console.status().status(text);
    }
  }
}
