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
 * @param pairs pairs trained on so far
 * @param tokens tokens trained on so far
 * @param loss the last loss
 * @param margin the last reward margin
 * @param elapsed time since the first step began
 * @param peakBytes most memory the process has used, where it is known
 */
public record Progress(
    long step,
    long steps,
    long pairs,
    long tokens,
    OptionalDouble loss,
    OptionalDouble margin,
    Duration elapsed,
    OptionalLong peakBytes) {
  private static final int BAR = 20;

  /** Returns the line, cut to the width of the terminal. */
  public String line(Terminal terminal) {
    List<String> parts = new ArrayList<>();
    parts.add(terminal.interactive() ? bar(terminal.unicode()) + " " + done() : "step " + done());
    double seconds = elapsed.toNanos() / 1e9;
    if (step > 0 && seconds > 0) {
      parts.add(Units.rate(pairs / seconds) + " pairs/s");
      parts.add(Units.rate(tokens / seconds) + " tokens/s");
    }
    loss.ifPresent(value -> parts.add("loss " + number("%.4f", value)));
    margin.ifPresent(value -> parts.add("margin " + number("%+.3f", value)));
    if (step > 0) {
      parts.add(step < steps ? "ETA " + Units.time(remaining()) : "in " + Units.time(elapsed));
    }
    peakBytes.ifPresent(bytes -> parts.add("peak " + Units.bytes(bytes)));
    String line = String.join("  ", parts);
    return terminal.interactive() ? TextWidth.cut(line, terminal.width() - 1) : line;
  }

  private String done() {
    return step + "/" + steps;
  }

  private Duration remaining() {
    return Duration.ofNanos(elapsed.toNanos() / step * (steps - step));
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  private String bar(boolean unicode) {
    int full = (int) (steps == 0 ? BAR : BAR * step / steps);
    return unicode
        ? "\u2588".repeat(full) + "\u2591".repeat(BAR - full)
        : "[" + "#".repeat(full) + ".".repeat(BAR - full) + "]";
  }
}
