/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.weights.SavedModule;
import dev.dpo4j.model.weights.WeightLayout;
import dev.dpo4j.nn.LogProbHead.Want;
import dev.dpo4j.nn.Parameter;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Tensor;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** DoRA, modules that are trained as a whole, and bases in bfloat16. */
class AdapterVariantsTest extends AdapterFixture {
  private static final Set<LoraModule> SOME =
      EnumSet.of(LoraModule.Q_PROJ, LoraModule.V_PROJ, LoraModule.UP_PROJ, LoraModule.DOWN_PROJ);

  /** The modules of a model whose head scores tokens. */
  private static final List<SavedModule> OF_TOKENS =
      List.of(SavedModule.EMBED_TOKENS, SavedModule.LM_HEAD);

  private static LoraConfig lora(boolean dora, Set<SavedModule> saved) {
    return new LoraConfig(3, 6, 0, SOME, false, dora, saved);
  }

  /** An adapter that changes the model. */
  private LoraAdapter trained(LoraConfig lora) {
    LoraAdapter adapter = LoraAdapter.fresh(config, lora, 5, base);
    try (Tensor noise = Tensor.empty(DType.FLOAT32, adapter.parameters().count())) {
      Random random = new Random(6);
      float[] values = new float[(int) adapter.parameters().count()];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (0.1 * random.nextGaussian());
      }
      try (Tensor drawn = Tensor.ofFloats(values, values.length)) {
        adapter.parameters().values().add_(noise.copy_(drawn));
      }
    }
    return adapter;
  }

  private float[] logits(ParameterStore weights, LoraAdapter adapter) {
    try (CausalLm model = new CausalLm(config, weights, adapter, options(false))) {
      return model.logits(IDS).toFloats();
    }
  }

  private static void assertClose(float[] actual, float[] expected, float tolerance) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      assertThat(actual[i]).isCloseTo(expected[i], within(tolerance));
    }
  }

  /** The norm is a constant in DoRA's gradient, so that A and B have no finite differences. */
  @ParameterizedTest
  @CsvSource({"true, false", "true, true", "false, false", "false, true"})
  void gradientsOfLengthsAndWholeModulesAreThoseOfFiniteDifferences(
      boolean dora, boolean recompute) {
    LoraConfig lora = lora(dora, EnumSet.copyOf(OF_TOKENS));
    try (LoraAdapter adapter = trained(lora);
        CausalLm model = new CausalLm(config, base, adapter, options(recompute))) {
      ParameterStore store = adapter.parameters();
      loss(model, true);
      float[] gradient = store.grads().toFloats();
      assertThat(base.hasGrads()).as("the base has no gradients").isFalse();
      for (Parameter parameter : store.parameters()) {
        if (dora && parameter.name().contains(".lora_A.")
            || dora && parameter.name().contains(".lora_B.")) {
          continue;
        }
        // Row 3 of the embedding belongs to a token of the batch.
        int at = (int) parameter.offset() + (int) Math.min(parameter.count() - 1, 3 * 16 + 5);
        double difference = 0;
        double h = 4e-3;
        for (int sign = -1; sign <= 1; sign += 2) {
          try (Tensor one = store.values().narrow(0, at, 1)) {
            one.add_(sign * h);
            difference += sign * loss(model, false) / (2 * h);
            one.add_(-sign * h);
          }
        }
        assertThat((double) gradient[at])
            .as(parameter.name())
            .isCloseTo(difference, within(1e-3 + 1e-2 * Math.abs(difference)));
      }
    }
  }

  @Test
  void aFreshDoraAdapterWithWholeModulesChangesNothing() {
    LoraConfig lora = lora(true, EnumSet.copyOf(OF_TOKENS));
    try (LoraAdapter fresh = LoraAdapter.fresh(config, lora, 5, base);
        CausalLm without = new CausalLm(config, base, options(false))) {
      assertThat(logits(base, fresh)).containsExactly(without.logits(IDS).toFloats());
    }
  }

  @Test
  void keptAndRecomputedActivationsGiveTheSameGradientsToTheBit() {
    float[][] gradients = new float[2][];
    for (int i = 0; i < 2; i++) {
      try (LoraAdapter adapter = trained(lora(true, Set.of()));
          CausalLm model = new CausalLm(config, base, adapter, options(i == 1))) {
        loss(model, true);
        gradients[i] = adapter.parameters().grads().toFloats();
      }
    }
    assertThat(gradients[1]).containsExactly(gradients[0]).doesNotContain(Float.NaN);
  }

  @Test
  void aBaseInBfloat16ComputesAsTheSameWeightsInFloat32DoToTheBit() {
    for (boolean dora : new boolean[] {false, true}) {
      try (ParameterStore narrow = WeightLayout.allocate(config, DType.BFLOAT16);
          LoraAdapter adapter = trained(lora(dora, Set.of()))) {
        narrow.values().copy_(base.values());
        base.values().copy_(narrow.values()); // both hold what bfloat16 can
        float[][] gradients = new float[2][];
        float[][] logps = new float[2][];
        for (int i = 0; i < 2; i++) {
          try (CausalLm model =
              new CausalLm(config, i == 0 ? base : narrow, adapter, options(false))) {
            adapter.parameters().grads().zero_();
            loss(model, true);
            gradients[i] = adapter.parameters().grads().toFloats();
            logps[i] = model.score(BATCH, Want.LOGPS).logps();
          }
        }
        assertThat(logps[1]).containsExactly(logps[0]);
        assertThat(gradients[1]).containsExactly(gradients[0]);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void theMergedModelHasTheLogitsOfModelAndAdapter(boolean dora) {
    try (LoraAdapter adapter = trained(lora(dora, Set.of()))) {
      float[] apart = logits(base, adapter);
      adapter.mergeInto(base);
      try (CausalLm merged = new CausalLm(config, base, options(false))) {
        assertClose(merged.logits(IDS).toFloats(), apart, 1e-4f);
      }
    }
  }

  @Test
  void aMatrixOfItsOwnCannotBecomePartOfWeightsThatTieIt() {
    for (SavedModule module : OF_TOKENS) {
      try (LoraAdapter adapter = trained(lora(false, EnumSet.of(module)))) {
        assertThatThrownBy(() -> adapter.mergeInto(base))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("modules_to_save [" + module.moduleName());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"EMBED_TOKENS,", "LM_HEAD,", "EMBED_TOKENS,LM_HEAD"})
  void untiedWeightsHoldAnAdaptersOwnMatricesToTheLastDigits(SavedModule one, SavedModule other) {
    EnumSet<SavedModule> saved = EnumSet.of(one);
    if (other != null) {
      saved.add(other);
    }
    try (LoraAdapter adapter = trained(lora(false, saved));
        ParameterStore untied = WeightLayout.untie(base, config.untied())) {
      float[] apart = logits(base, adapter);
      adapter.addTo(untied, base, 1);
      try (CausalLm merged = new CausalLm(config.untied(), untied, options(false))) {
        assertClose(merged.logits(IDS).toFloats(), apart, 1e-4f);
      }
    }
  }

  @Test
  void anAdapterIsReadAsItWasWritten() throws IOException {
    try (LoraAdapter adapter = trained(lora(true, EnumSet.copyOf(OF_TOKENS)))) {
      LoraFolder.save(adapter, folder, folder);
      try (LoraAdapter read = LoraFolder.load(folder, config)) {
        assertThat(read.config()).isEqualTo(adapter.config());
        assertThat(read.parameters().values().toFloats())
            .containsExactly(adapter.parameters().values().toFloats());
      }
    }
  }
}
