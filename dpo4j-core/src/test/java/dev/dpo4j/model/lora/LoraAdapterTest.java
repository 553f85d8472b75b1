/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.family.Architecture;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.ModelConfigException;
import dev.dpo4j.model.family.WeightsException;
import dev.dpo4j.nn.LogProbHead.Want;
import dev.dpo4j.nn.LoraDropout;
import dev.dpo4j.nn.Parameter;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoraAdapterTest extends AdapterFixture {
  /** An adapter with values everywhere; that of all layers if none is named. */
  private LoraAdapter adapter(boolean rslora, LoraModule... modules) {
    Set<LoraModule> targets =
        modules.length == 0 ? EnumSet.allOf(LoraModule.class) : Set.of(modules);
    LoraAdapter adapter = LoraAdapter.allocate(config, new LoraConfig(3, 6, 0.25, targets, rslora));
    randomize(adapter.parameters(), 2, 0.2);
    return adapter;
  }

  private static void sameMasks(CausalLm model, double dropped) {
    if (dropped > 0) {
      model.trainWith(new LoraDropout(dropped, 7, () -> 5));
    }
  }

  /** Central differences of float32 losses near 1 are good to about 1e-3 at this step. */
  @ParameterizedTest
  @CsvSource({"false, 0, false", "true, 0, true", "true, 0.25, false", "false, 0.25, true"})
  void gradientsOfAAndBAreThoseOfFiniteDifferences(
      boolean recompute, double dropped, boolean partial) {
    try (LoraAdapter adapter =
            partial ? adapter(false, LoraModule.V_PROJ, LoraModule.UP_PROJ) : adapter(true);
        CausalLm model = new CausalLm(config, base, adapter, options(recompute))) {
      ParameterStore store = adapter.parameters();
      sameMasks(model, dropped);
      loss(model, true);
      float[] gradient = store.grads().toFloats();
      assertThat(base.hasGrads()).as("the base has no gradients").isFalse();
      Random random = new Random(3);
      for (Parameter parameter : store.parameters()) {
        int at = (int) parameter.offset() + random.nextInt((int) parameter.count());
        double difference = 0;
        double h = 4e-3;
        for (int sign = -1; sign <= 1; sign += 2) {
          try (Tensor one = store.values().narrow(0, at, 1)) {
            one.add_(sign * h);
            sameMasks(model, dropped);
            difference += sign * loss(model, false) / (2 * h);
            one.add_(-sign * h);
          }
        }
        assertThat((double) gradient[at])
            .as("%s at %d", parameter.name(), at - parameter.offset())
            .isCloseTo(difference, within(1e-3 + 1e-2 * Math.abs(difference)));
      }
    }
  }

  @Test
  void keptAndRecomputedActivationsGiveTheSameGradientsToTheBitEvenWithDropout() {
    float[][] gradients = new float[2][];
    for (int i = 0; i < 2; i++) {
      try (LoraAdapter adapter = adapter(false);
          CausalLm model = new CausalLm(config, base, adapter, options(i == 1))) {
        model.trainWith(new LoraDropout(0.25, 7, () -> 3));
        loss(model, true);
        gradients[i] = adapter.parameters().grads().toFloats();
      }
    }
    assertThat(gradients[1]).containsExactly(gradients[0]);
    assertThat(gradients[0]).doesNotContain(Float.NaN);
  }

  @Test
  void dropoutChangesFromStepToStepAndRestsInScores() {
    try (LoraAdapter adapter = adapter(false);
        CausalLm model = new CausalLm(config, base, adapter, options(false))) {
      double whole = loss(model, false);
      float[] scored = model.score(BATCH, Want.LOGPS).logps();
      long[] steps = {0};
      model.trainWith(new LoraDropout(0.25, 7, () -> steps[0]));
      double first = loss(model, false);
      assertThat(first).isNotEqualTo(whole);
      assertThat(loss(model, false)).as("the same rows in the same step").isEqualTo(first);
      steps[0]++;
      assertThat(loss(model, false)).isNotEqualTo(first);
      assertThat(model.score(BATCH, Want.LOGPS).logps()).containsExactly(scored);
    }
  }

  @Test
  void aFreshAdapterChangesNothingAndIsDrawnFromItsSeed() {
    LoraConfig lora = new LoraConfig(4, 8, 0, EnumSet.allOf(LoraModule.class), false);
    try (LoraAdapter fresh = LoraAdapter.fresh(config, lora, 42, base);
        LoraAdapter same = LoraAdapter.fresh(config, lora, 42, base);
        LoraAdapter other = LoraAdapter.fresh(config, lora, 43, base);
        CausalLm with = new CausalLm(config, base, fresh, options(false));
        CausalLm without = new CausalLm(config, base, options(false))) {
      assertThat(with.logits(IDS).toFloats()).containsExactly(without.logits(IDS).toFloats());
      float[] values = fresh.parameters().values().toFloats();
      assertThat(same.parameters().values().toFloats()).containsExactly(values);
      assertThat(other.parameters().values().toFloats()).isNotEqualTo(values);
      String a = LoraModule.DOWN_PROJ.adapter(1, 'A');
      double bound = 1 / Math.sqrt(24);
      float[] drawn = fresh.parameters().value(a).toFloats();
      double mean = 0;
      for (float value : drawn) {
        assertThat(Math.abs(value)).isLessThanOrEqualTo((float) bound);
        mean += Math.abs(value) / drawn.length;
      }
      // The mean of |U(-b, b)| is b / 2; over 96 draws it has a deviation of 3 % of b.
      assertThat(mean).isCloseTo(bound / 2, within(0.15 * bound));
    }
  }

  @ParameterizedTest
  @CsvSource({"false", "true"})
  void theMergedModelHasTheLogitsOfModelAndAdapter(boolean rslora) {
    float[] apart;
    try (LoraAdapter adapter = adapter(rslora);
        CausalLm model = new CausalLm(config, base, adapter, options(false))) {
      apart = model.logits(IDS).toFloats();
      adapter.mergeInto(base);
    }
    try (CausalLm merged = new CausalLm(config, base, options(false))) {
      float[] together = merged.logits(IDS).toFloats();
      for (int i = 0; i < apart.length; i++) {
        assertThat(together[i]).isCloseTo(apart[i], within(1e-4f));
      }
    }
  }

  @Test
  void anAdapterIsReadAsItWasWritten() throws IOException {
    try (LoraAdapter adapter = adapter(true, LoraModule.Q_PROJ, LoraModule.DOWN_PROJ)) {
      LoraFolder.save(adapter, folder, folder);
      try (LoraAdapter read = LoraFolder.load(folder, config)) {
        assertThat(read.config()).isEqualTo(adapter.config());
        assertThat(read.parameters().values().toFloats())
            .containsExactly(adapter.parameters().values().toFloats());
      }
      assertThat(Files.readString(folder.resolve(LoraFolder.CONFIG)))
          .contains("\"peft_type\" : \"LORA\"", "\"r\" : 3", "\"lora_alpha\" : 6");
    }
  }

  @Test
  void whatIsNotBuiltOrDoesNotFitIsRefusedByName() throws IOException {
    try (LoraAdapter adapter = adapter(false)) {
      LoraFolder.save(adapter, folder, folder);
    }
    Path file = folder.resolve(LoraFolder.CONFIG);
    String text = Files.readString(file);
    Files.writeString(file, text.replace("\"bias\" : \"none\"", "\"bias\" : \"some\""));
    assertThatThrownBy(() -> LoraFolder.load(folder, config)).hasMessageContaining("bias");
    Files.writeString(file, text.replace("\"LORA\"", "\"LOHA\""));
    assertThatThrownBy(() -> LoraFolder.load(folder, config)).hasMessageContaining("peft_type");
    Files.writeString(file, text.replace("\"r\" : 3", "\"r\" : 4"));
    assertThatThrownBy(() -> LoraFolder.load(folder, config))
        .isInstanceOf(WeightsException.class)
        .hasMessageContaining("wrong shape");
    Files.writeString(file, text.replace(folder.toString(), "nowhere"));
    assertThatThrownBy(() -> LoraFolder.base(folder)).hasMessageContaining("\"nowhere\"");
  }

  @Test
  void anAdapterOfAnotherFamilyIsRefusedWithTheLayersOfTheBase() throws IOException {
    try (LoraAdapter adapter = adapter(false, LoraModule.Q_PROJ)) {
      LoraFolder.save(adapter, folder, folder);
    }
    ModelConfig fused =
        ModelConfig.of(
            Architecture.PHI3,
            Map.of(
                "vocab_size", 32,
                "hidden_size", 16,
                "intermediate_size", 24,
                "num_hidden_layers", 2,
                "num_attention_heads", 4,
                "num_key_value_heads", 2,
                "bos_token_id", 1,
                "eos_token_id", 2,
                "pad_token_id", 0));
    assertThatThrownBy(() -> LoraFolder.load(folder, fused))
        .isInstanceOf(ModelConfigException.class)
        .hasMessageContaining("no layer is left")
        .hasMessageContaining("qkv_proj");
  }
}
