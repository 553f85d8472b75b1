/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim;

import dev.dpo4j.dist.Collectives;
import dev.dpo4j.nn.Parameter;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The sums of gradients over all processes, begun while the backward pass goes on.
 *
 * <p>Layers end from the last to the first. What a layer leaves behind is summed as soon as enough
 * has come together to be worth a message; what belongs to no layer, such as the embedding, comes
 * last. The order is that of the layers, whatever rows a process has, so that all processes begin
 * the same sums one after the other.
 */
public final class GradientSums {
  /** Numbers that are worth a message of their own: 4 MB. */
  private static final long ENOUGH = 1L << 20;

  private static final Pattern LAYER = Pattern.compile("\\.layers\\.([0-9]+)\\.");

  private final ParameterStore trained;
  private final Collectives ranks;

  /** The stretches that are summed together, by the layer with which they are whole. */
  private final NavigableMap<Integer, List<Stretch>> buckets = new TreeMap<>();

  private final List<Collectives.Pending> under = new ArrayList<>();
  private int next;

  private record Stretch(long from, long to) {}

  /** Plans the sums of what is trained. */
  public GradientSums(ParameterStore trained, Collectives ranks) {
    this.trained = trained;
    this.ranks = ranks;
    NavigableMap<Integer, List<Stretch>> byLayer = new TreeMap<>();
    for (Parameter parameter : trained.parameters()) {
      Matcher layer = LAYER.matcher(parameter.name());
      // What belongs to no layer is whole when all of them are.
      int number = layer.find() ? Integer.parseInt(layer.group(1)) : -1;
      add(
          byLayer.computeIfAbsent(number, key -> new ArrayList<>()),
          new Stretch(parameter.offset(), parameter.offset() + parameter.count()));
    }
    List<Stretch> gathered = new ArrayList<>();
    for (Map.Entry<Integer, List<Stretch>> entry : byLayer.descendingMap().entrySet()) {
      entry.getValue().forEach(stretch -> add(gathered, stretch));
      long count = gathered.stream().mapToLong(stretch -> stretch.to() - stretch.from()).sum();
      if (entry.getKey() >= 0 && count >= ENOUGH) {
        buckets.put(entry.getKey(), List.copyOf(gathered));
        gathered.clear();
      }
    }
    buckets.merge(
        -1,
        List.copyOf(gathered),
        (before, more) -> {
          List<Stretch> all = new ArrayList<>(before);
          all.addAll(more);
          return all;
        });
    begin();
  }

  /** Adds a stretch, joined with one that it lies beside. */
  private static void add(List<Stretch> stretches, Stretch stretch) {
    for (int i = 0; i < stretches.size(); i++) {
      Stretch other = stretches.get(i);
      if (other.to() == stretch.from() || stretch.to() == other.from()) {
        stretches.set(
            i,
            new Stretch(
                Math.min(other.from(), stretch.from()), Math.max(other.to(), stretch.to())));
        return;
      }
    }
    stretches.add(stretch);
  }

  private void begin() {
    next = buckets.lastKey();
  }

  /** Is told that the gradient of a layer is whole. */
  public void layerDone(int layer) {
    while (next >= layer && next >= 0) {
      sum(next);
    }
  }

  private void sum(int bucket) {
    try (Scope scope = Scope.open()) {
      for (Stretch stretch : buckets.getOrDefault(bucket, List.of())) {
        under.add(
            ranks.beginAllReduceSum(
                trained
                    .gradients()
                    .flat()
                    .get(0)
                    .narrow(0, stretch.from(), stretch.to() - stretch.from())));
      }
    }
    Integer lower = buckets.lowerKey(bucket);
    next = lower == null ? Integer.MIN_VALUE : lower;
  }

  /** Sums what is left and waits for all of it; then the next step may begin. */
  public void finish() {
    while (next >= -1) {
      sum(next);
    }
    try {
      under.forEach(Collectives.Pending::await);
    } finally {
      under.clear();
      begin();
    }
  }
}
