/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.dist.UnusedCollectives;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GradientSumsTest {
  private static final int LAYERS = 4;

  /**
   * Doubles what is summed, as a second process with the same gradient would, and notes how much.
   */
  private static final class Doubling extends UnusedCollectives {
    private final List<Long> counts;

    Doubling(List<Long> counts) {
      super(0, 2);
      this.counts = counts;
    }

    @Override
    public Pending beginAllReduceSum(Tensor tensor) {
      counts.add(tensor.count());
      tensor.mul_(2);
      return () -> {};
    }
  }

  private static ParameterStore model() {
    ParameterStore.Layout layout = new ParameterStore.Layout().weight("embed", 700, 300);
    for (int layer = 0; layer < LAYERS; layer++) {
      layout.weight("model.layers." + layer + ".up", 800, 1000);
      layout.undecayed("model.layers." + layer + ".norm", 1000);
    }
    return layout.undecayed("norm", 1000).allocate();
  }

  private static List<Long> sums(ParameterStore store, int... layersDone) {
    List<Long> counts = new ArrayList<>();
    store.grads().fill_(1);
    GradientSums sums = new GradientSums(store, new Doubling(counts));
    for (int layer : layersDone) {
      sums.layerDone(layer);
    }
    sums.finish();
    return counts;
  }

  @Test
  void everyNumberIsSummedOnceWhetherAProcessComputesOrNot() {
    try (ParameterStore store = model()) {
      List<Long> busy = sums(store, 3, 2, 1, 0);
      assertThat(store.grads().toFloats()).containsOnly(2);
      List<Long> idle = sums(store);
      assertThat(store.grads().toFloats()).containsOnly(2);
      assertThat(busy).isEqualTo(idle);
    }
  }

  @Test
  void layersAreSummedAsTheyEndOnceTheyAreWorthAMessage() {
    try (ParameterStore store = model()) {
      List<Long> counts = new ArrayList<>();
      store.grads().fill_(1);
      GradientSums sums = new GradientSums(store, new Doubling(counts));
      sums.layerDone(3);
      assertThat(counts).as("less than 4 MB").isEmpty();
      sums.layerDone(2);
      assertThat(counts.stream().mapToLong(Long::longValue).sum()).isEqualTo(2 * 801_000);
      float[] norm = store.grad("norm").toFloats();
      assertThat(norm).containsOnly(1);
      sums.finish();
      counts.clear();
      sums.layerDone(3);
      sums.layerDone(2);
      assertThat(counts).as("the next step").isNotEmpty();
    }
  }
}
