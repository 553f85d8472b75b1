/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.lora.LoraConfig;
import dev.dpo4j.model.lora.LoraModule;
import dev.dpo4j.model.weights.SavedModule;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.nn.LogProbHead;
import dev.dpo4j.nn.Parameter;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Adapters go from here to PEFT and back. */
class PeftParityTest {
  private static final int[] IDS = {3, 1, 4, 1, 5, 9, 2, 6};

  /** Logits are about 1; float32 sums in another order differ by 1e-6. */
  private static final double TOLERANCE = 1e-4;

  @TempDir Path folder;

  /** Gradients are sums over seven tokens and up to a few thousand products. */
  private static final double GRADIENT_TOLERANCE = 1e-4;

  @ParameterizedTest
  @CsvSource({"lora, qwen2-tied", "dora, qwen2-tied", "dora, llama3"})
  void peftReadsOurAdaptersAndWeReadThoseOfPeft(String kind, String name) throws Exception {
    Path base = Shared.path("golden/models/" + name);
    boolean dora = kind.equals("dora");
    Path ours = Files.createDirectories(folder.resolve("ours"));
    Path theirs = folder.resolve("theirs");
    float[] own;
    try (LanguageModel model = LanguageModel.load(base)) {
      LoraConfig lora =
          new LoraConfig(
              8,
              16,
              0.05,
              EnumSet.allOf(LoraModule.class),
              false,
              dora,
              dora ? EnumSet.of(SavedModule.LM_HEAD) : Set.of());
      model.addAdapter(lora, 42);
      randomize(model.trained());
      own = logits(model);
      model.save(ours, DType.FLOAT32);
    }
    List<String> arguments = List.of(ours.toString(), theirs.toString(), base.toString(), kind);
    List<JsonNode> lines =
        Peer.run(folder, "peft_adapter.py", Arrays.toString(IDS), arguments)
            .lines()
            .map(JsonMapper.shared()::readTree)
            .toList();
    assertClose(own, lines.get(0));
    try (LanguageModel model = LanguageModel.load(theirs)) {
      assertClose(logits(model), lines.get(1));
      assertGradients(model, lines.get(2));
    }
  }

  private static void assertGradients(LanguageModel model, JsonNode expected) {
    int[] rest = Arrays.copyOfRange(IDS, 1, IDS.length);
    FlatBatch batch = FlatBatch.of(List.of(FlatBatch.Tree.single(new int[] {IDS[0]}, rest)));
    try (CausalLm lm = model.compute(ComputeOptions.float32());
        CausalLm.Pass pass = lm.forward(batch, LogProbHead.Want.LOGPS)) {
      float[] weights = new float[rest.length];
      Arrays.fill(weights, -1);
      pass.backward(weights);
    }
    assertThat(model.trained().parameters()).hasSize(expected.size());
    for (Parameter parameter : model.trained().parameters()) {
      float[] actual = model.trained().grad(parameter.name()).toFloats();
      JsonNode wanted = expected.get(parameter.name());
      assertThat(wanted).as(parameter.name()).hasSize(actual.length);
      for (int i = 0; i < actual.length; i++) {
        assertThat((double) actual[i])
            .as("%s at %d", parameter.name(), i)
            .isCloseTo(wanted.get(i).asDouble(), within(GRADIENT_TOLERANCE));
      }
    }
  }

  private static void randomize(ParameterStore store) {
    Random random = new Random(5);
    float[] values = new float[(int) store.count()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (0.1 * random.nextGaussian());
    }
    try (Scope scope = Scope.open()) {
      store.values().copy_(Tensor.ofFloats(values, values.length));
    }
  }

  private static float[] logits(LanguageModel model) {
    try (Scope scope = Scope.open();
        CausalLm lm = model.compute(ComputeOptions.float32())) {
      return lm.logits(IDS).toFloats();
    }
  }

  private static void assertClose(float[] actual, JsonNode expected) {
    assertThat(actual).hasSize(expected.size());
    for (int i = 0; i < actual.length; i++) {
      assertThat((double) actual[i]).isCloseTo(expected.get(i).asDouble(), within(TOLERANCE));
    }
  }
}
