/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.terminal;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/**
 * How far a long list is, on stderr: a line that is drawn over, or on a file a line now and then.
 */
public final class StatusLine {
  private static final Duration DRAW = Duration.ofMillis(200);
  private static final Duration PRINT = Duration.ofSeconds(30);

  private final Console console;
  private final Clock clock;
  private final Instant start;
  private Instant last;
  private long first = -1;

  public StatusLine(Console console, Clock clock) {
    this.console = console;
    this.clock = clock;
    this.start = clock.instant();
    this.last = start;
  }

  /** Shows a count whose end is not known, if the last one is old enough. */
  public synchronized void count(long done, String unit) {
    Instant now = clock.instant();
    boolean interactive = console.terminal().interactive();
    if (Duration.between(last, now).compareTo(interactive ? DRAW : PRINT) < 0) {
      return;
    }
    last = now;
    String line = done + " " + unit;
    if (interactive) {
      draw(line);
    } else {
      console.err().println(line);
    }
  }

  /** Shows the state if the last one is old enough. */
  public synchronized void show(long done, long all, String unit, String rest) {
    if (first < 0) {
      first = done;
    }
    Instant now = clock.instant();
    boolean interactive = console.terminal().interactive();
    if (Duration.between(last, now).compareTo(interactive ? DRAW : PRINT) < 0) {
      return;
    }
    last = now;
    StringBuilder line = new StringBuilder();
    line.append(done).append('/').append(all).append(' ').append(unit);
    if (done > first && done < all) {
      Duration each = Duration.between(start, now).dividedBy(done - first);
      line.append("  ETA ").append(Units.time(each.multipliedBy(all - done)));
    }
    line.append("  ").append(rest);
    if (interactive) {
      draw(TextWidth.cut(line.toString(), console.terminal().width() - 1));
    } else {
      console.err().println(line);
    }
  }

  /** Shows a text on a terminal if the last one is old enough; a file gets none of it. */
  public synchronized void text(String text) {
    Instant now = clock.instant();
    if (console.terminal().interactive() && Duration.between(last, now).compareTo(DRAW) >= 0) {
      last = now;
      draw(TextWidth.cut(text, console.terminal().width() - 1));
    }
  }

  /** Takes the line off the screen. */
  public synchronized void clear() {
    if (console.terminal().interactive()) {
      draw("");
    }
  }

  private void draw(String text) {
    console.status().status(text);
  }
}
