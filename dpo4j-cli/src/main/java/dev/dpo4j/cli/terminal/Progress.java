/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.terminal;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * How far a run is, as one line of text.
 *
 * @param step optimizer steps done
 * @param steps optimizer steps of the run
 * @param rows rows that were learnt from
 * @param unit what a row is called, such as pairs
 * @param tokens tokens trained on so far
 * @param loss the last loss
 * @param margin the last reward margin
 * @param elapsed time since the first step began
 * @param peakBytes most memory the process has used, where it is known
 */
public record Progress(
    long step,
    long steps,
    long rows,
    String unit,
    long tokens,
    OptionalDouble loss,
    OptionalDouble margin,
    Duration elapsed,
    OptionalLong peakBytes) {
  private static final int BAR = 20;
  private static final int SHORT_BAR = 8;

  /** Returns the line; on a terminal, what matters least is left out where it does not fit. */
  public String line(Terminal terminal) {
    List<String> parts = new ArrayList<>();
    String count = step + "/" + steps;
    parts.add(terminal.interactive() ? count : "step " + count);
    if (step > 0) {
      parts.add(step < steps ? "ETA " + Units.time(remaining()) : "in " + Units.time(elapsed));
    }
    loss.ifPresent(value -> parts.add("loss " + number("%.4f", value)));
    margin.ifPresent(value -> parts.add("margin " + number("%+.3f", value)));
    double seconds = elapsed.toNanos() / 1e9;
    if (step > 0 && seconds > 0) {
      parts.add(Units.rate(tokens / seconds) + " tokens/s");
      parts.add(Units.rate(rows / seconds) + " " + unit + "/s");
    }
    peakBytes.ifPresent(bytes -> parts.add("peak " + Units.bytes(bytes)));
    return terminal.interactive() ? fit(parts, terminal) : String.join("  ", parts);
  }

  /** The bar gives way before a number does, but the counts and the time left always stand. */
  private String fit(List<String> parts, Terminal terminal) {
    int width = terminal.width() - 1;
    for (int kept = parts.size(); kept > 0; kept--) {
      String text = String.join("  ", parts.subList(0, kept));
      int room = width - text.length() - 1;
      if (room >= SHORT_BAR || kept <= 2) {
        return room >= SHORT_BAR
            ? bar(terminal.unicode(), Math.min(BAR, room)) + " " + text
            : TextWidth.cut(text, width);
      }
    }
    return "";
  }

  private Duration remaining() {
    return Duration.ofNanos(elapsed.toNanos() / step * (steps - step));
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  /** Draws the bar; without Unicode two of the columns are its ends. */
  private String bar(boolean unicode, int columns) {
    int cells = unicode ? columns : columns - 2;
    int full = (int) (steps == 0 ? cells : cells * step / steps);
    return unicode
        ? "\u2588".repeat(full) + "\u2591".repeat(cells - full)
        : "[" + "#".repeat(full) + ".".repeat(cells - full) + "]";
  }
}
