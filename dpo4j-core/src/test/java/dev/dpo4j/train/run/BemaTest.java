/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.train.options.BemaOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class BemaTest {
  /** One rounding of float32 a step, of numbers of about 1. */
  private static final float NOISE = 1e-6f;

  @TempDir private Path folder;

  /** What TRL's BEMACallback gave; see trl_bema.py of dpo4j-parity. */
  private static JsonNode golden() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(BemaTest.class.getResourceAsStream("/trl-bema.json"))) {
      return JsonMapper.shared().readTree(in);
    }
  }

  private static BemaOptions options(JsonNode given) {
    BemaOptions usual = BemaOptions.OFF;
    return new BemaOptions(
        true,
        given.path("update_freq").asInt(usual.bemaUpdateFreq()),
        given.path("ema_power").asDouble(usual.bemaEmaPower()),
        given.path("bias_power").asDouble(usual.bemaBiasPower()),
        given.path("lag").asInt(usual.bemaLag()),
        given.path("update_after").asInt(usual.bemaUpdateAfter()),
        given.path("multiplier").asDouble(usual.bemaMultiplier()),
        given.path("min_ema_multiplier").asDouble(usual.bemaMinEmaMultiplier()));
  }

  private static float[] floats(JsonNode row) {
    float[] values = new float[row.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) row.get(i).asDouble();
    }
    return values;
  }

  private static void set(ParameterStore store, JsonNode row) {
    float[] values = floats(row);
    try (Tensor tensor = Tensor.ofFloats(values, values.length)) {
      store.values().copy_(tensor);
    }
  }

  private static ParameterStore store(JsonNode weights) {
    ParameterStore store =
        new ParameterStore.Layout().weight("weight", weights.get(0).size()).allocate();
    set(store, weights.get(0));
    return store;
  }

  @TestFactory
  Stream<DynamicTest> theResultIsThatOfTrl() throws IOException {
    JsonNode golden = golden();
    JsonNode weights = golden.path("weights");
    return golden
        .path("cases")
        .valueStream()
        .map(
            one ->
                DynamicTest.dynamicTest(
                    one.path("options").toString(),
                    () -> {
                      try (ParameterStore store = store(weights);
                          Bema bema = new Bema(options(one.path("options")), store)) {
                        for (int step = 1; step < weights.size(); step++) {
                          set(store, weights.get(step));
                          bema.afterStep(step);
                        }
                        float[] last = store.values().toFloats();
                        bema.withResult(
                            () ->
                                assertThat(store.values().toFloats())
                                    .containsExactly(floats(one.path("result")), within(NOISE)));
                        assertThat(store.values().toFloats()).isEqualTo(last);
                      }
                    }));
  }

  @Test
  void whatWasSavedGoesOnAsIfNothingHadHappened() throws IOException {
    JsonNode golden = golden();
    JsonNode weights = golden.path("weights");
    JsonNode one = golden.path("cases").get(6);
    try (ParameterStore store = store(weights);
        Bema bema = new Bema(options(one.path("options")), store)) {
      for (int step = 1; step <= 5; step++) {
        set(store, weights.get(step));
        bema.afterStep(step);
      }
      bema.save(folder);
    }
    try (ParameterStore store = store(weights);
        Bema bema = new Bema(options(one.path("options")), store)) {
      bema.restore(folder);
      for (int step = 6; step < weights.size(); step++) {
        set(store, weights.get(step));
        bema.afterStep(step);
      }
      bema.withResult(
          () ->
              assertThat(store.values().toFloats())
                  .containsExactly(floats(one.path("result")), within(NOISE)));
    }
  }
}
