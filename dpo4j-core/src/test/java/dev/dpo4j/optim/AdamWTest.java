/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.Tensor;
import org.junit.jupiter.api.Test;

class AdamWTest {
  /** Float32 weights near one. */
  private static final double ROUNDING = 2e-7;

  @Test
  void twoStepsAreThoseOfTheFormulaAndNormsAreNotDecayed() {
    try (ParameterStore store =
            new ParameterStore.Layout().undecayed("norm", 1).weight("w", 1).allocate();
        AdamW adam = new AdamW(store, new AdamW.Hyperparameters(0.9, 0.99, 1e-8, 0.1))) {
      store.values().fill_(1);
      double m = 0;
      double v = 0;
      double w = 1;
      double norm = 1;
      for (int t = 1; t <= 2; t++) {
        double g = 0.5 * t;
        store.grads().fill_(g);
        adam.step(0.01);
        m = 0.9 * m + 0.1 * g;
        v = 0.99 * v + 0.01 * g * g;
        double update =
            (m / (1 - Math.pow(0.9, t))) / (Math.sqrt(v / (1 - Math.pow(0.99, t))) + 1e-8);
        w = w - 0.01 * 0.1 * w - 0.01 * update;
        norm -= 0.01 * update;
      }
      assertThat(item(store, "w")).isEqualTo(w, within(ROUNDING));
      assertThat(item(store, "norm")).isEqualTo(norm, within(ROUNDING));
      assertThat(store.grads().norm()).as("gradients after a step").isZero();
    }
  }

  private static double item(ParameterStore store, String name) {
    Tensor value = store.value(name);
    return value.item();
  }

  @Test
  void clippingScalesDownToTheNormAndNeverUp() {
    try (ParameterStore store = new ParameterStore.Layout().weight("w", 4).allocate();
        AdamW adam = new AdamW(store, new AdamW.Hyperparameters(0.9, 0.999, 1e-8, 0))) {
      store.grads().fill_(2);
      assertThat(adam.gradNorm()).isEqualTo(4);
      adam.clip(4, 1);
      assertThat(adam.gradNorm()).isEqualTo(1, within(1e-6));
      adam.clip(1, 5);
      assertThat(adam.gradNorm()).isEqualTo(1, within(1e-6));
    }
  }
}
