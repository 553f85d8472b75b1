/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.tensor.probe.GemmRate;
import java.time.Duration;
import java.util.Locale;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Says beforehand what a very long sequence costs: attention grows with the square of its length,
 * so that a text of 100,000 tokens looks like a program that hangs.
 */
public final class LongSequences {
  /** Shorter ones are done before anybody wonders. */
  private static final long LONG = 8192;

  private static final Duration TOLD = Duration.ofSeconds(30);
  private static final double MEASURING_SECONDS = 0.2;

  private LongSequences() {}

  /**
   * Foretells the time of a forward pass, or of a training step over one sequence.
   *
   * @param tokens length of the sequence
   * @param training whether it is trained on: a forward and a backward pass
   * @return what to say, or null where it takes less than half a minute
   */
  public static @Nullable String warning(ModelConfig model, long tokens, boolean training) {
    if (tokens < LONG) {
      return null;
    }
    OptionalDouble rate = GemmRate.ofProcessor(MEASURING_SECONDS);
    if (rate.isEmpty()) {
      // On a card, what fits into its memory takes seconds.
      return null;
    }
    double work = TrainingCost.reading(model, tokens) * (training ? 3 : 1);
    double seconds = work / rate.getAsDouble();
    return seconds < TOLD.toSeconds() ? null : text(tokens, seconds, training);
  }

  static String text(long tokens, double seconds, boolean training) {
    return String.format(
        Locale.ROOT,
        "a sequence of %,d tokens takes about %s %s on this machine, because attention grows with"
            + " the square of the length; %s",
        tokens,
        seconds < 120
            ? String.format(Locale.ROOT, "%.0f s", seconds)
            : String.format(Locale.ROOT, "%.0f minutes", seconds / 60),
        training ? "each time it is trained on" : "to be read",
        training ? "set max_length to cut it" : "shorten the prompt if that is too long");
  }
}
