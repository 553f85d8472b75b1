/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.ppo;

import dev.dpo4j.loss.ppo.ClippedLoss;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the micro-batches of an update say, as TRL's PPOTrainer averages it.
 *
 * <p>TRL has a slot for each epoch, minibatch and accumulated micro-batch and averages over all of
 * them. With more than one minibatch some slots stay empty and count as zero.
 */
final class UpdateStats {
  private final int slots;
  private final Map<Measure, Double> sums = new EnumMap<>(Measure.class);
  private double squares;

  /** What is averaged. */
  private enum Measure {
    APPROX_KL("policy/approxkl_avg"),
    POLICY_CLIPPED("policy/clipfrac_avg"),
    POLICY_LOSS("loss/policy_avg"),
    VALUE_LOSS("loss/value_avg"),
    VALUE_CLIPPED("val/clipfrac_avg"),
    ENTROPY("policy/entropy_avg"),
    RATIO("val/ratio");

    private final String metric;

    Measure(String metric) {
      this.metric = metric;
    }
  }

  /** Begins an update of that many slots. */
  UpdateStats(int slots) {
    this.slots = slots;
  }

  /** The sums over the places of one micro-batch. */
  static final class MicroBatch {
    private final int cells;
    private final int tokens;
    private final int places;
    private final Map<Measure, Double> sums = new EnumMap<>(Measure.class);

    /**
     * Begins a micro-batch.
     *
     * @param cells answers times the length of the longest one of the rollout
     * @param tokens tokens of the answers
     * @param places places that have values
     */
    MicroBatch(int cells, int tokens, int places) {
      this.cells = cells;
      this.tokens = tokens;
      this.places = places;
    }

    void addToken(double logRatio, double entropy, ClippedLoss loss) {
      add(Measure.APPROX_KL, logRatio * logRatio / 2);
      add(Measure.POLICY_CLIPPED, loss.clipped() ? 1 : 0);
      add(Measure.POLICY_LOSS, loss.loss());
      add(Measure.ENTROPY, entropy);
      add(Measure.RATIO, Math.exp(logRatio));
    }

    void addValue(ClippedLoss loss) {
      add(Measure.VALUE_CLIPPED, loss.clipped() ? 1 : 0);
      add(Measure.VALUE_LOSS, loss.loss());
    }

    private void add(Measure measure, double value) {
      sums.merge(measure, value, Double::sum);
    }

    private double mean(Measure measure) {
      double sum = sums.getOrDefault(measure, 0.0);
      return switch (measure) {
        // TRL averages these over padding, too, whose ratio is 1.
        case APPROX_KL -> sum / cells;
        case RATIO -> (sum + cells - tokens) / cells;
        case POLICY_CLIPPED, POLICY_LOSS, ENTROPY -> sum / tokens;
        case VALUE_CLIPPED, VALUE_LOSS -> sum / places;
      };
    }

    double policyLoss() {
      return mean(Measure.POLICY_LOSS);
    }

    double valueLoss() {
      return mean(Measure.VALUE_LOSS);
    }
  }

  void add(MicroBatch batch) {
    for (Measure measure : Measure.values()) {
      sums.merge(measure, batch.mean(measure), Double::sum);
    }
    squares += batch.mean(Measure.RATIO) * batch.mean(Measure.RATIO);
  }

  private double mean(Measure measure) {
    return sums.getOrDefault(measure, 0.0) / slots;
  }

  /** The loss of the whole update: what is minimised, averaged as the metrics are. */
  double loss(double valueWeight) {
    return mean(Measure.POLICY_LOSS) + valueWeight * mean(Measure.VALUE_LOSS);
  }

  /** The metrics by TRL's names. */
  Map<String, Double> metrics() {
    Map<String, Double> metrics = new LinkedHashMap<>();
    for (Measure measure : Measure.values()) {
      metrics.put(measure.metric, mean(measure));
    }
    if (slots > 1) {
      double mean = mean(Measure.RATIO);
      metrics.put("val/ratio_var", Math.max(0, squares - slots * mean * mean) / (slots - 1));
    }
    return metrics;
  }
}
