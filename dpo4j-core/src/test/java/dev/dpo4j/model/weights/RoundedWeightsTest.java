/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.weights;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.optim.AdamW;
import dev.dpo4j.tensor.Backends;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.EmulatedCard;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RoundedWeightsTest {
  private static final AdamW.Hyperparameters HYPER =
      new AdamW.Hyperparameters(0.9, 0.999, 1e-8, 0.1);

  private ParameterStore base;
  private RoundedWeights rounded;

  @BeforeEach
  void make() {
    base = allocate(DType.FLOAT32);
    base.values().fill_(1);
    rounded = new RoundedWeights(base, allocate(DType.BFLOAT16));
    rounded.refresh();
  }

  @AfterEach
  void close() {
    rounded.close();
    base.close();
  }

  private static ParameterStore allocate(DType dtype) {
    return new ParameterStore.Layout().weight("a", 3, 5).undecayed("b", 7).allocate(dtype);
  }

  /** Whether a refresh makes copies anew: what is written into them in between is gone then. */
  private boolean isMadeAnew() {
    rounded.store().readValues().fill_(7);
    rounded.refresh();
    float[] copies = rounded.store().readValues().toFloats();
    boolean kept = copies[0] == 7;
    if (!kept) {
      try (Scope scope = Scope.open()) {
        assertThat(copies).containsExactly(base.readValues().to(DType.BFLOAT16).toFloats());
      }
    }
    return !kept;
  }

  @Test
  void copiesAreMadeAnewOnlyAfterSomebodyAskedForWeights() {
    assertThat(isMadeAnew()).isFalse();
    base.values().fill_(2);
    assertThat(isMadeAnew()).isTrue();
    assertThat(isMadeAnew()).isFalse();
    base.value("b").fill_(3);
    assertThat(isMadeAnew()).isTrue();
    assertThat(isMadeAnew()).isFalse();
  }

  @Test
  void whoWritesAPartOfTheWeightsChangesTheWhole() {
    try (ParameterStore part = base.part(5, 12)) {
      assertThat(isMadeAnew()).isTrue();
      part.values().fill_(4);
      assertThat(isMadeAnew()).isTrue();
      assertThat(base.readValues().toFloats()).contains(4f, 1f);
    }
  }

  @Test
  void whatAnOptimizerRenewedIsNotMadeAnewUntilWeightsChangeAgain() {
    base.values().fill_(5);
    base.copied();
    assertThat(isMadeAnew()).isFalse();
    base.values().fill_(6);
    assertThat(isMadeAnew()).isTrue();
  }

  @Test
  void ofTwoCopiesTheLaterIsRenewedAndTheOtherMadeAnew() {
    try (RoundedWeights later = new RoundedWeights(base, allocate(DType.BFLOAT16))) {
      base.values().fill_(5);
      base.copied();
      assertThat(isMadeAnew()).isTrue();
      assertThat(base.isUpToDate(later.store().readValues())).isTrue();
    }
    assertThat(base.copy()).isNull();
  }

  @Test
  void anOptimizerOnTheProcessorLeavesTheCopiesToTheRefresh() {
    try (AdamW adam = new AdamW(base, HYPER)) {
      base.grads().fill_(1);
      adam.step(0.1);
    }
    assertThat(isMadeAnew()).isTrue();
  }

  @Test
  void onACardAdamWWritesTheSameBytesIntoTheCopiesInItsOwnPass() throws Exception {
    EmulatedCard.run(OnTheCard.class);
  }

  /** The process that has the emulated card. */
  static final class OnTheCard {
    private OnTheCard() {}

    public static void main(String[] args) {
      EmulatedCard.choose();
      assertThat(Backends.hasFusedKernels()).isTrue();
      float[] numbers = new float[22];
      Random random = new Random(3);
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = (float) random.nextGaussian();
      }
      float[] without = train(numbers, false);
      float[] with = train(numbers, true);
      assertThat(with).containsExactly(without);
      EmulatedCard.passed();
    }

    private static float[] train(float[] numbers, boolean copied) {
      try (Scope scope = Scope.open();
          ParameterStore base = allocate(DType.FLOAT32);
          RoundedWeights rounded = new RoundedWeights(base, allocate(DType.BFLOAT16));
          AdamW adam = new AdamW(base, HYPER)) {
        Tensor copies = rounded.store().readValues();
        base.values().copy_(Tensor.ofFloats(numbers, numbers.length));
        if (!copied) {
          base.forgetCopy(copies);
        }
        for (int step = 1; step <= 3; step++) {
          rounded.refresh();
          base.grads().copy_(Tensor.ofFloats(numbers, numbers.length)).mul_(step);
          adam.step(0.01);
          assertThat(base.isUpToDate(copies)).isEqualTo(copied);
        }
        rounded.refresh();
        float[] weights = base.readValues().toFloats();
        Tensor expected = Tensor.ofFloats(weights, weights.length).to(DType.BFLOAT16);
        assertThat(copies.toFloats()).containsExactly(expected.toFloats());
        float[] all = Arrays.copyOf(weights, 2 * weights.length);
        System.arraycopy(copies.toFloats(), 0, all, weights.length, weights.length);
        return all;
      }
    }
  }
}
