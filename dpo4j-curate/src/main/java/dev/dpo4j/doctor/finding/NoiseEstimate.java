/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.finding;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * How many labels are flipped, as far as the margins of a reference model tell.
 *
 * <p>The model is that of cDPO (Mitchell 2023) and robust DPO (Chowdhury et al. 2024, arXiv
 * 2403.00409): verdicts follow Bradley and Terry, and a share ε of the labels is turned round
 * afterwards. With a margin m (how much likelier the reference finds the chosen answer) as the
 * reward up to a factor b, the label that we see has the probability
 *
 * <pre>p(m) = (1 - ε) σ(b m) + ε σ(-b m) = ε + (1 - 2ε) σ(b m)</pre>
 *
 * <p>and ε shows where the reference is sure: even there, a share ε of the labels is against it.
 * Both ε and b are fitted by maximum likelihood, as the lapse rate of a psychometric function is
 * (Wichmann and Hill 2001); the interval holds all ε whose profile likelihood is within 1.92 of the
 * best, which is 95 %.
 *
 * <p>Where the margins tell nothing about the labels, or not enough to bound ε, there is no
 * estimate and {@code reason} says why.
 *
 * @param pairs pairs whose margins were taken
 * @param perToken whether margins per token were taken, or else summed ones
 * @param epsilon the share of flipped labels, from 0 to 0.5
 * @param low lower end of the interval
 * @param high upper end of the interval
 * @param slope b, per nat
 * @param agreement share of pairs whose chosen answer the reference prefers
 * @param logLikelihood of the fit, per pair, nats
 * @param reason why ε means nothing; empty where it does
 */
public record NoiseEstimate(
    int pairs,
    boolean perToken,
    double epsilon,
    double low,
    double high,
    double slope,
    double agreement,
    double logLikelihood,
    String reason) {
  private static final int MIN_PAIRS = 200;

  /** Twice the gain in likelihood over coin tosses that chance exceeds in 1 % (2 degrees). */
  private static final double MIN_GAIN = 9.21;

  /** Half of the 95 % quantile of chi-square with one degree of freedom. */
  private static final double DROP = 1.92;

  private static final double MAX_WIDTH = 0.25;
  private static final double STEP = 0.01;
  private static final int GRID = 50; // ε from 0 to 0.49

  /** The slope is looked for everywhere at every so many places of the grid, else near the last. */
  private static final int SCAN = 10;

  private static final double SCAN_STEP = 0.75; // of the slope's logarithm

  /**
   * Estimates from margins.
   *
   * @param margins how much likelier the chosen answer is, nats, in any order
   * @param perToken what the margins are, for the record
   */
  public static NoiseEstimate of(double[] margins, boolean perToken) {
    int n = margins.length;
    double scale = Math.sqrt(Arrays.stream(margins).map(m -> m * m).average().orElse(0));
    double agreement = Arrays.stream(margins).filter(m -> m > 0).count() / (double) Math.max(1, n);
    if (n < MIN_PAIRS || scale == 0) {
      String reason = "it takes %d pairs or more, with different margins".formatted(MIN_PAIRS);
      return new NoiseEstimate(n, perToken, 0, 0, 0.5, 0, agreement, Math.log(0.5), reason);
    }
    double[] units = Arrays.stream(margins).map(m -> m / scale).toArray();
    double[] profile = new double[GRID];
    double[] slopes = new double[GRID];
    int best = 0;
    for (int i = 0; i < GRID; i++) {
      double start = i % SCAN == 0 ? scan(units, i * STEP) : Math.log(slopes[i - 1]);
      slopes[i] = bestSlope(units, i * STEP, start);
      profile[i] = likelihood(units, i * STEP, slopes[i]);
      best = profile[i] > profile[best] ? i : best;
    }
    double low = crossing(profile, best, -1);
    double high = crossing(profile, best, 1);
    double gain = 2 * (profile[best] - n * Math.log(0.5));
    return new NoiseEstimate(
        n,
        perToken,
        vertex(profile, best),
        low,
        high,
        slopes[best] / scale,
        agreement,
        profile[best] / n,
        reason(gain, high - low));
  }

  private static String reason(double gain, double width) {
    if (gain < MIN_GAIN) {
      return "the reference's margins tell nothing about the labels";
    }
    return width > MAX_WIDTH
        ? String.format(Locale.ROOT, "the interval is wider than %.2f", MAX_WIDTH)
        : "";
  }

  /** The place of the greatest value of a parabola through three points of the profile. */
  private static double vertex(double[] profile, int best) {
    if (best == 0 || best == GRID - 1) {
      return best * STEP;
    }
    double left = profile[best] - profile[best - 1];
    double right = profile[best] - profile[best + 1];
    return (best + (left + right <= 0 ? 0 : 0.5 * (left - right) / (left + right))) * STEP;
  }

  /** Where the profile falls below the best by {@link #DROP}, going one way. */
  private static double crossing(double[] profile, int best, int way) {
    double bound = profile[best] - DROP;
    for (int i = best; i + way >= 0 && i + way < GRID; i += way) {
      if (profile[i + way] < bound) {
        double part = (profile[i] - bound) / (profile[i] - profile[i + way]);
        return (i + way * part) * STEP;
      }
    }
    return way < 0 ? 0 : 0.5;
  }

  /** The logarithm of the slope of the greatest likelihood among some over a wide range. */
  private static double scan(double[] units, double epsilon) {
    double at = 0;
    double found = Double.NEGATIVE_INFINITY;
    for (double log = -4; log <= 5; log += SCAN_STEP) {
      double value = likelihood(units, epsilon, Math.exp(log));
      if (value > found) {
        found = value;
        at = log;
      }
    }
    return at;
  }

  /** The slope of the greatest likelihood near a start, by golden section of its logarithm. */
  private static double bestSlope(double[] units, double epsilon, double start) {
    double golden = (Math.sqrt(5) - 1) / 2;
    double a = start - SCAN_STEP;
    double b = start + SCAN_STEP;
    double x = b - golden * (b - a);
    double y = a + golden * (b - a);
    double atX = likelihood(units, epsilon, Math.exp(x));
    double atY = likelihood(units, epsilon, Math.exp(y));
    for (int i = 0; i < 14; i++) {
      if (atX > atY) {
        b = y;
        y = x;
        atY = atX;
        x = b - golden * (b - a);
        atX = likelihood(units, epsilon, Math.exp(x));
      } else {
        a = x;
        x = y;
        atX = atY;
        y = a + golden * (b - a);
        atY = likelihood(units, epsilon, Math.exp(y));
      }
    }
    return Math.exp((a + b) / 2);
  }

  private static double likelihood(double[] units, double epsilon, double slope) {
    double sum = 0;
    for (double unit : units) {
      // The floor keeps one row that contradicts everything from ruling out ε = 0 by itself.
      sum += Math.log(Math.max(1e-12, epsilon + (1 - 2 * epsilon) * sigmoid(slope * unit)));
    }
    return sum;
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  /** Returns whether there is an estimate. */
  public boolean isKnown() {
    return reason.isEmpty();
  }

  /** Returns whether some labels are flipped, beyond chance. */
  public boolean isNoisy() {
    return isKnown() && low > 0;
  }

  /** Returns the margin of a pair that this estimate is about. */
  public double margin(PairScore score) {
    return perToken ? score.marginPerToken() : score.margin();
  }

  /** Returns the probability that the label of a pair with this margin is flipped. */
  public double flipProbability(double margin) {
    double right = (1 - epsilon) * sigmoid(slope * margin);
    double flipped = epsilon * sigmoid(-slope * margin);
    return flipped / (right + flipped);
  }

  /** Returns the label smoothing to train with, rounded to hundredths. */
  public double labelSmoothing() {
    return Math.round(epsilon * 100) / 100.0;
  }

  /**
   * Returns the loss to use it with: {@code robust}, which relies on the number, where the interval
   * is narrow; else {@code cdpo}.
   */
  public String lossType() {
    return high - low <= 0.1 && high < 0.4 ? "robust" : "cdpo";
  }

  /** Returns a sentence for people. */
  public String describe() {
    String what = perToken ? "per token" : "summed";
    if (!isKnown()) {
      return String.format(
          Locale.ROOT,
          "no estimate of flipped labels from %d pairs: %s (it agrees with %.1f %% of the labels,"
              + " margins %s)",
          pairs,
          reason,
          100 * agreement,
          what);
    }
    String advice =
        isNoisy()
            ? String.format(
                Locale.ROOT,
                "; consider loss_type %s with label_smoothing %.2f",
                lossType(),
                labelSmoothing())
            : "; no smoothing is called for";
    return String.format(
        Locale.ROOT,
        "about %.1f %% of the labels are flipped (95 %% interval %.1f to %.1f %%, %d pairs, margins"
            + " %s)%s",
        100 * epsilon,
        100 * low,
        100 * high,
        pairs,
        what,
        advice);
  }

  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("pairs", pairs);
    map.put("margins", perToken ? "per_token" : "sum");
    map.put("agreement", agreement);
    map.put("known", isKnown());
    map.put("reason", reason);
    map.put("epsilon", epsilon);
    map.put("interval_95", new double[] {low, high});
    map.put("slope", slope);
    if (isNoisy()) {
      map.put("loss_type", lossType());
      map.put("label_smoothing", labelSmoothing());
    }
    return map;
  }
}
