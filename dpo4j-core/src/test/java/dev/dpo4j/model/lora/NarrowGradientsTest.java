/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.weights.WeightLayout;
import dev.dpo4j.nn.Parameter;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.optim.AdamW;
import dev.dpo4j.optim.MomentFormat;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Gradients of layers in bfloat16. */
class NarrowGradientsTest extends AdapterFixture {
  private static final AdamW.Hyperparameters HYPER =
      new AdamW.Hyperparameters(0.9, 0.99, 1e-8, 0.1);

  /** The store of a copy of the base whose gradients are narrow. */
  private ParameterStore narrow() {
    ParameterStore store = WeightLayout.allocate(config, DType.FLOAT32);
    store.values().copy_(base.values());
    WeightLayout.narrowGradients(store);
    return store;
  }

  /** Rounds the gradients of the layers' matrices as bfloat16 does. */
  private static void roundLayers(ParameterStore store) {
    for (Parameter parameter : store.parameters()) {
      if (parameter.decayed() && parameter.name().contains(".layers.")) {
        try (Scope scope = Scope.open()) {
          Tensor gradient = store.grad(parameter.name());
          gradient.copy_(gradient.to(DType.BFLOAT16));
        }
      }
    }
  }

  private static void backward(ModelConfig config, ParameterStore store, boolean recompute) {
    try (CausalLm model = new CausalLm(config, store, options(recompute))) {
      loss(model, true);
    }
  }

  @Test
  void aPassIsRoundedOnceAndWhatLiesOutsideTheLayersIsExact() {
    backward(config, base, false);
    roundLayers(base);
    try (ParameterStore store = narrow()) {
      backward(config, store, true);
      for (Parameter parameter : store.parameters()) {
        try (Scope scope = Scope.open()) {
          Tensor found = store.gradients().read(parameter.offset(), parameter.count());
          assertThat(found.toFloats())
              .as(parameter.name())
              .isEqualTo(base.grad(parameter.name()).toFloats());
        }
      }
      assertThatThrownBy(store::grads).hasMessageContaining("bfloat16");
    }
  }

  @ParameterizedTest
  @EnumSource(MomentFormat.class)
  void aStepIsThatOfTheRoundedGradients(MomentFormat format) {
    backward(config, base, false);
    roundLayers(base);
    try (ParameterStore store = narrow();
        AdamW wide = new AdamW(base, HYPER, format);
        AdamW adam = new AdamW(store, HYPER, format)) {
      backward(config, store, false);
      assertThat(adam.gradNorm()).isEqualTo(wide.gradNorm());
      wide.step(1e-2);
      adam.step(1e-2);
      assertThat(store.values().toFloats()).isEqualTo(base.values().toFloats());
      assertThat(adam.gradNorm()).as("gradients after a step").isZero();
    }
  }
}
