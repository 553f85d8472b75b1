/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Which experts the tokens of a batch pass, and with what weights.
 *
 * <p>A token passes the experts of its largest probabilities. What all tokens ask of one expert
 * lies together: slots are in the order of experts, and within one in the order of rows.
 */
public final class Routing {
  private final int experts;
  private final int perToken;
  private final boolean normalise;
  private final float[] probabilities;
  private final int[] starts;
  private final int[] rowOfSlot;
  private final int[] expertOfSlot;
  private final float[] weightOfSlot;

  /**
   * Picks experts.
   *
   * @param probabilities of every expert, row by row
   * @param normalise whether the weights of a token are scaled to the sum 1
   */
  public Routing(float[] probabilities, int experts, int perToken, boolean normalise) {
    this.experts = experts;
    this.perToken = perToken;
    this.normalise = normalise;
    this.probabilities = probabilities.clone();
    int rows = probabilities.length / experts;
    int[][] chosen = new int[rows][];
    starts = new int[experts + 1];
    for (int row = 0; row < rows; row++) {
      chosen[row] = largest(row);
      for (int expert : chosen[row]) {
        starts[expert + 1]++;
      }
    }
    for (int expert = 0; expert < experts; expert++) {
      starts[expert + 1] += starts[expert];
    }
    rowOfSlot = new int[rows * perToken];
    expertOfSlot = new int[rows * perToken];
    weightOfSlot = new float[rows * perToken];
    int[] next = Arrays.copyOf(starts, experts);
    for (int row = 0; row < rows; row++) {
      float sum = sum(row, chosen[row]);
      for (int expert : chosen[row]) {
        int slot = next[expert]++;
        rowOfSlot[slot] = row;
        expertOfSlot[slot] = expert;
        weightOfSlot[slot] = probabilities[row * experts + expert] / sum;
      }
    }
  }

  private int[] largest(int row) {
    boolean[] taken = new boolean[experts];
    int[] chosen = new int[perToken];
    for (int k = 0; k < perToken; k++) {
      int best = -1;
      for (int expert = 0; expert < experts; expert++) {
        if (!taken[expert]
            && (best < 0
                || probabilities[row * experts + expert] > probabilities[row * experts + best])) {
          best = expert;
        }
      }
      taken[best] = true;
      chosen[k] = best;
    }
    return chosen;
  }

  private float sum(int row, int[] chosen) {
    if (!normalise) {
      return 1;
    }
    float sum = 0;
    for (int expert : chosen) {
      sum += probabilities[row * experts + expert];
    }
    return sum;
  }

  /** Number of slots. */
  public int slots() {
    return rowOfSlot.length;
  }

  /** The first slot of an expert; of one behind the last, the number of slots. */
  public int start(int expert) {
    return starts[expert];
  }

  /** The row of each slot. */
  public int[] rows() {
    return rowOfSlot.clone();
  }

  /** The weight of each slot. */
  public float[] weights() {
    return weightOfSlot.clone();
  }

  int rowCount() {
    return probabilities.length / experts;
  }

  int experts() {
    return experts;
  }

  float probability(int row, int expert) {
    return probabilities[row * experts + expert];
  }

  int expertOf(int slot) {
    return expertOfSlot[slot];
  }

  int rowOf(int slot) {
    return rowOfSlot[slot];
  }

  /**
   * The gradient of the router's logits.
   *
   * @param byWeight derivative of the loss by the weight of each slot
   * @param load what the balance of experts adds; null for nothing
   * @return row by row, {@code rows * experts}
   */
  public float[] logitGradient(float[] byWeight, @Nullable Load load) {
    double[] byProbability = new double[probabilities.length];
    double[] share = new double[rowCount()];
    double[] sums = new double[rowCount()];
    for (int slot = 0; slot < slots(); slot++) {
      share[rowOfSlot[slot]] += (double) byWeight[slot] * weightOfSlot[slot];
      sums[rowOfSlot[slot]] += probability(rowOfSlot[slot], expertOfSlot[slot]);
    }
    for (int slot = 0; slot < slots(); slot++) {
      int row = rowOfSlot[slot];
      double gradient =
          normalise ? (byWeight[slot] - share[row]) / sums[row] : (double) byWeight[slot];
      byProbability[row * experts + expertOfSlot[slot]] = gradient;
    }
    float[] result = new float[probabilities.length];
    for (int row = 0; row < rowCount(); row++) {
      double mean = 0;
      for (int expert = 0; expert < experts; expert++) {
        int at = row * experts + expert;
        byProbability[at] += load == null ? 0 : load.gradient(row, expert);
        mean += byProbability[at] * probabilities[at];
      }
      for (int expert = 0; expert < experts; expert++) {
        int at = row * experts + expert;
        result[at] = (float) (probabilities[at] * (byProbability[at] - mean));
      }
    }
    return result;
  }

  /**
   * How evenly the experts of a pass are used, over all layers, and the loss that keeps them so:
   * the number of experts times the sum of {@code tokens * probability} of each.
   *
   * <p>Source: "Switch Transformers", arXiv 2101.03961, equations 4 to 6. A row that stands for
   * several sequences counts once for each.
   */
  public static final class Load {
    private final double[] timesOfRow;
    private double tokens;
    private final Map<Integer, double[]> counts = new TreeMap<>();
    private final Map<Integer, double[]> sums = new TreeMap<>();
    private double weight;
    private double[] shares = {};

    /** Counts the rows of a batch. */
    Load(FlatBatch batch) {
      timesOfRow = new double[batch.rows()];
      Arrays.fill(timesOfRow, 1);
      for (FlatBatch.Group tree : batch.groups()) {
        int end = tree.start() + tree.prefix();
        Arrays.fill(timesOfRow, tree.start(), end, tree.branches().size());
      }
      tokens = Arrays.stream(timesOfRow).sum();
    }

    /** Counts a layer; a layer that is computed again is counted once. */
    public void add(int layer, Routing routing) {
      if (counts.containsKey(layer)) {
        return;
      }
      double[] count = new double[routing.experts()];
      double[] sum = new double[routing.experts()];
      for (int slot = 0; slot < routing.slots(); slot++) {
        count[routing.expertOf(slot)] += timesOfRow[routing.rowOf(slot)];
      }
      for (int row = 0; row < routing.rowCount(); row++) {
        for (int expert = 0; expert < sum.length; expert++) {
          sum[expert] += timesOfRow[row] * routing.probability(row, expert);
        }
      }
      counts.put(layer, count);
      sums.put(layer, sum);
    }

    /** What was counted, as numbers that can be added to those of other passes. */
    public double[] numbers() {
      DoubleStream.Builder numbers = DoubleStream.builder().add(tokens);
      counts.values().forEach(of -> Arrays.stream(of).forEach(numbers));
      sums.values().forEach(of -> Arrays.stream(of).forEach(numbers));
      return numbers.build().toArray();
    }

    /** Lets this pass be one of several that are balanced together, given the sums of all. */
    public void share(double[] totals) {
      int at = 1;
      for (Map<Integer, double[]> byLayer : List.of(counts, sums)) {
        for (double[] of : byLayer.values()) {
          System.arraycopy(totals, at, of, 0, of.length);
          at += of.length;
        }
      }
      tokens = totals[0];
    }

    private double total(Map<Integer, double[]> byLayer, int expert) {
      return byLayer.values().stream().mapToDouble(of -> of[expert]).sum()
          / (tokens * byLayer.size());
    }

    /** The loss; 0 in a model without experts. */
    public double loss() {
      double loss = 0;
      int experts = counts.values().stream().mapToInt(count -> count.length).max().orElse(0);
      for (int expert = 0; expert < experts; expert++) {
        loss += total(counts, expert) * total(sums, expert);
      }
      return experts * loss;
    }

    /** Says with what weight the loss is part of the one whose gradient is taken. */
    public void weigh(double value) {
      weight = value;
      if (value != 0) {
        int experts = counts.values().iterator().next().length;
        shares = IntStream.range(0, experts).mapToDouble(e -> total(counts, e)).toArray();
      }
    }

    /** The derivative of the weighted loss by a probability. */
    double gradient(int row, int expert) {
      if (weight == 0) {
        return 0;
      }
      int experts = shares.length;
      return weight * experts * shares[expert] * timesOfRow[row] / (tokens * counts.size());
    }
  }
}
