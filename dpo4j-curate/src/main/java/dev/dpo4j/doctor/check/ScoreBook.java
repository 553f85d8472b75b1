/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.check;

import dev.dpo4j.doctor.finding.DataProblem;
import dev.dpo4j.doctor.finding.Example;
import dev.dpo4j.doctor.finding.Findings;
import dev.dpo4j.doctor.finding.NoiseEstimate;
import dev.dpo4j.doctor.finding.PairScore;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * Keeps the reference's scores of all rows in a temporary file, and says what they mean.
 *
 * <p>The noise is estimated from all rows, or from a sample of {@value #SAMPLE} where they are
 * more.
 */
public final class ScoreBook implements Closeable {
  static final int SAMPLE = 20_000;

  /** Robust standard deviations below the median from which a margin is an outlier. */
  private static final double OUTLIER = 3;

  /** The ratio of the standard deviation to the median absolute deviation of normal numbers. */
  private static final double MAD = 1.4826;

  private final RecordFile file;
  private final List<PairScore> sample = new ArrayList<>();
  private final SplittableRandom random = new SplittableRandom(20240229);
  private long count;
  private final double[] sums = new double[4];
  private final double[] products = new double[5];

  public ScoreBook(Path folder) throws IOException {
    this.file = new RecordFile(folder.resolve("scores"), 3 * Long.BYTES + 2 * Integer.BYTES);
  }

  public void add(long row, PairScore score) throws IOException {
    ByteBuffer record = file.record().putLong(row);
    record.putDouble(score.chosen()).putDouble(score.rejected());
    file.append(record.putInt(score.chosenTokens()).putInt(score.rejectedTokens()));
    count++;
    // Reservoir sampling (Vitter 1985): every row is in the sample with the same chance.
    long place = count <= SAMPLE ? count - 1 : random.nextLong(count);
    if (place == sample.size()) {
      sample.add(score);
    } else if (place < SAMPLE) {
      sample.set((int) place, score);
    }
    sums[0] += score.chosen();
    sums[1] += score.rejected();
    sums[2] += score.chosenTokens();
    sums[3] += score.rejectedTokens();
    double x = score.marginPerToken();
    double y = score.chosenTokens() - score.rejectedTokens();
    double[] terms = {x, y, x * x, y * y, x * y};
    for (int i = 0; i < terms.length; i++) {
      products[i] += terms[i];
    }
  }

  /** Returns the bytes of the sample. */
  public long bytesInMemory() {
    return 32L * sample.size();
  }

  public boolean isEmpty() {
    return count == 0;
  }

  private double[] margins(boolean perToken) {
    return sample.stream()
        .mapToDouble(score -> perToken ? score.marginPerToken() : score.margin())
        .toArray();
  }

  /** Estimates from summed margins and from margins per token, and takes what fits better. */
  public NoiseEstimate estimate() {
    NoiseEstimate perToken = NoiseEstimate.of(margins(true), true);
    NoiseEstimate summed = NoiseEstimate.of(margins(false), false);
    return summed.logLikelihood() > perToken.logLikelihood() ? summed : perToken;
  }

  /** Reports rows whose labels are probably flipped, or which the reference strongly dislikes. */
  public void report(NoiseEstimate noise, RowStore rows, Findings findings, int examples)
      throws IOException {
    boolean flips = noise.isNoisy();
    DataProblem ailment = flips ? DataProblem.LIKELY_FLIPPED : DataProblem.REFERENCE_DISAGREES;
    double limit = flips ? limit(noise) : outlier(noise.perToken());
    Comparator<Scored> clearest = Comparator.comparingDouble(Scored::margin);
    PriorityQueue<Scored> worst = new PriorityQueue<>(clearest.reversed());
    long found = 0;
    for (long at = 0; at < file.count(); at++) {
      Scored scored = read(at, noise);
      if (scored.margin() <= limit) {
        found++;
        worst.add(scored);
        if (worst.size() > examples) {
          worst.remove();
        }
      }
    }
    List<Scored> sorted = worst.stream().sorted(clearest).toList();
    for (Scored scored : sorted) {
      findings.add(ailment, example(scored, noise, rows));
    }
    if (found > 0) {
      findings.count(ailment, found - sorted.size());
      findings.note(
          ailment, String.format(Locale.ROOT, "margin %s at most %.3f nats", unit(noise), limit));
    }
  }

  private static String unit(NoiseEstimate noise) {
    return noise.perToken() ? "per token" : "of the sums";
  }

  /** One row and its margin. */
  private record Scored(long row, PairScore score, double margin) {}

  private Scored read(long at, NoiseEstimate noise) throws IOException {
    ByteBuffer record = file.read(at);
    long row = record.getLong();
    PairScore score =
        new PairScore(record.getDouble(), record.getDouble(), record.getInt(), record.getInt());
    return new Scored(row, score, noise.margin(score));
  }

  private static Example example(Scored scored, NoiseEstimate noise, RowStore rows)
      throws IOException {
    PairScore score = scored.score();
    String what =
        String.format(
            Locale.ROOT,
            "log-probs chosen %.1f (%.3f a token), rejected %.1f (%.3f a token)%s",
            score.chosen(),
            PairScore.perToken(score.chosen(), score.chosenTokens()),
            score.rejected(),
            PairScore.perToken(score.rejected(), score.rejectedTokens()),
            noise.isNoisy()
                ? String.format(
                    Locale.ROOT,
                    ", flipped with %.0f %%",
                    100 * noise.flipProbability(scored.margin()))
                : "");
    return Example.of(rows.read(scored.row()).origin(), rows.place(scored.row()), what);
  }

  /** The margin below which a flipped label is likelier than a right one: σ(b m) = ε. */
  static double limit(NoiseEstimate noise) {
    return Math.log(noise.epsilon() / (1 - noise.epsilon())) / noise.slope();
  }

  /** The margin far below the median, and below zero. */
  private double outlier(boolean perToken) {
    double[] margins = margins(perToken);
    double median = median(margins);
    double[] off = new double[margins.length];
    for (int i = 0; i < off.length; i++) {
      off[i] = Math.abs(margins[i] - median);
    }
    return Math.min(-1e-9, median - OUTLIER * MAD * median(off));
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  /** Hands over the rows whose labels are probably flipped, in their order. */
  public boolean isFlipped(long at, NoiseEstimate noise) throws IOException {
    return noise.isNoisy() && read(at, noise).margin() <= limit(noise);
  }

  public long row(long at) throws IOException {
    return file.read(at).getLong();
  }

  public long count() {
    return count;
  }

  /** The log-probs of all rows in a few numbers. */
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("pairs", count);
    map.put("logps_chosen", sums[0] / count);
    map.put("logps_rejected", sums[1] / count);
    map.put("logps_chosen_per_token", sums[0] / sums[2]);
    map.put("logps_rejected_per_token", sums[1] / sums[3]);
    map.put("correlation_of_margin_per_token_and_length_difference", correlation());
    return map;
  }

  private double correlation() {
    double n = count;
    double covariance = products[4] / n - products[0] / n * products[1] / n;
    double x = products[2] / n - Math.pow(products[0] / n, 2);
    double y = products[3] / n - Math.pow(products[1] / n, 2);
    return x <= 0 || y <= 0 ? 0 : covariance / Math.sqrt(x * y);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
