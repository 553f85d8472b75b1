/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dpo4j.loss.LossResult;
import dev.dpo4j.loss.PairLogps;
import dev.dpo4j.loss.pair.SigmoidLoss;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.nn.LogProbHead.Want;
import dev.dpo4j.nn.Parameter;
import dev.dpo4j.nn.TokenStats;
import dev.dpo4j.safetensors.SafetensorsFile;
import dev.dpo4j.safetensors.TensorInfo;
import dev.dpo4j.tensor.Backends;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Logits, log-probabilities, loss and every gradient of five tiny models against transformers. */
class ModelParityTest {
  /** Float32 sums in another order, relative to the largest value of a tensor. */
  private static final double TOLERANCE = 1e-4;

  /**
   * What bfloat16 factors change on these models. They amplify rounding: torch's own autocast to
   * bfloat16 differs from its float32 by up to 0.042 of the largest logit, 0.010 of the largest
   * log-probability and 0.118 of the largest gradient of a parameter (transformers 5.17.0).
   */
  private static final double BFLOAT16_TOLERANCE = 0.12;

  private static final List<ComputeOptions> OPTIONS =
      List.of(
          ComputeOptions.float32(),
          ComputeOptions.float32().withActivationBytes(0).withHeadBytes(7 * 1024 * 4, 0),
          ComputeOptions.float32().withActivationBytes(100_000));

  @ParameterizedTest
  @ValueSource(strings = {"qwen2-tied", "llama-tied", "llama3", "mistral-window", "qwen3"})
  void logitsLossAndEveryGradientEqualTransformers(String name) {
    Path folder = Shared.path("golden/models/" + name);
    try (SafetensorsFile golden = SafetensorsFile.open(folder.resolve("golden.safetensors"))) {
      for (ComputeOptions options : OPTIONS) {
        try (Scope scope = Scope.open();
            CausalLm model = CausalLm.load(folder, options)) {
          check(model, golden);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "smollm3",
        "gemma3",
        "phi3",
        "phi4-mini",
        "granite",
        "olmo2",
        "olmo3",
        "ministral",
        "glm4",
        "hunyuan-dense",
        "ernie4-5",
        "seed-oss",
        "qwen3-moe"
      })
  void furtherFamiliesEqualTransformersToo(String name) {
    Path folder = Shared.path("golden/families/" + name);
    try (SafetensorsFile golden = SafetensorsFile.open(folder.resolve("golden.safetensors"))) {
      for (ComputeOptions options : OPTIONS) {
        try (Scope scope = Scope.open();
            CausalLm model = CausalLm.load(folder, options)) {
          check(model, golden);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"qwen2-tied", "llama-tied", "llama3", "mistral-window", "qwen3"})
  void factorsOfBfloat16OnACardChangeEveryGradientByAFewUnitsOfTheirLastPlace(String name) {
    assumeTrue(Backends.hasFusedKernels(), "the processor computes so with activations of float32");
    Path folder = Shared.path("golden/models/" + name);
    ComputeOptions options = ComputeOptions.float32().withCompute(DType.BFLOAT16);
    try (SafetensorsFile golden = SafetensorsFile.open(folder.resolve("golden.safetensors"));
        Scope scope = Scope.open();
        CausalLm model = CausalLm.load(folder, options)) {
      check(model, golden, BFLOAT16_TOLERANCE);
    }
  }

  static void check(CausalLm model, SafetensorsFile golden) {
    check(model, golden, TOLERANCE);
  }

  private static void check(CausalLm model, SafetensorsFile golden, double tolerance) {
    int[] prompt = tensor(golden, "prompt_ids").toInts();
    int[] chosen = tensor(golden, "chosen_ids").toInts();
    int[] rejected = tensor(golden, "rejected_ids").toInts();
    assertClose(
        "logits_chosen", model.logits(concat(prompt, chosen)).toFloats(), golden, tolerance);
    List<FlatBatch> batches = batches(model, prompt, chosen, rejected);
    float[] logps = new float[0];
    for (FlatBatch batch : batches) {
      TokenStats stats = model.score(batch, Want.METRICS);
      logps = concat(logps, stats.logps());
    }
    int split = chosen.length;
    assertClose("token_logps_chosen", Arrays.copyOf(logps, split), golden, tolerance);
    assertClose(
        "token_logps_rejected", Arrays.copyOfRange(logps, split, logps.length), golden, tolerance);
    LossResult loss =
        new SigmoidLoss(0.1)
            .apply(
                PairLogps.withoutLengths(
                    new double[] {sum(logps, 0, split)},
                    new double[] {sum(logps, split, logps.length)},
                    tensor(golden, "reference_chosen_logp").toDoubles(),
                    tensor(golden, "reference_rejected_logp").toDoubles()));
    assertClose("dpo_loss_beta_0_1", new float[] {(float) loss.mean()}, golden, tolerance);
    float[] weights = new float[logps.length];
    Arrays.fill(weights, 0, split, (float) loss.dChosen()[0]);
    Arrays.fill(weights, split, weights.length, (float) loss.dRejected()[0]);
    int from = 0;
    for (FlatBatch batch : batches) {
      try (CausalLm.Pass pass = model.forward(batch, Want.METRICS)) {
        assertClose(Arrays.copyOfRange(logps, from, from + batch.entries()), pass.stats().logps());
        pass.backward(Arrays.copyOfRange(weights, from, from + batch.entries()));
        from += batch.entries();
      }
    }
    assertGradients(model, golden, tolerance);
  }

  /**
   * The pair as one tree; as two where the lengths of its answers lie on both sides of one at which
   * the rotation changes: the recorder ran them one by one.
   */
  private static List<FlatBatch> batches(
      CausalLm model, int[] prompt, int[] chosen, int[] rejected) {
    FlatBatch pair = FlatBatch.of(List.of(FlatBatch.Tree.pair(prompt, chosen, rejected)));
    assertThat(pair.rows()).isLessThan(2 * prompt.length + chosen.length + rejected.length);
    int change = model.config().rope().lengthOfChange();
    boolean apart = prompt.length + Math.min(chosen.length, rejected.length) <= change;
    if (!apart || pair.longestSequence() <= change) {
      return List.of(pair);
    }
    return List.of(
        FlatBatch.of(List.of(FlatBatch.Tree.single(prompt, chosen))),
        FlatBatch.of(List.of(FlatBatch.Tree.single(prompt, rejected))));
  }

  private static double sum(float[] logps, int from, int to) {
    double sum = 0;
    for (int i = from; i < to; i++) {
      sum += logps[i];
    }
    return sum;
  }

  private static void assertGradients(CausalLm model, SafetensorsFile golden, double tolerance) {
    Map<String, float[]> stacked = new LinkedHashMap<>();
    for (Parameter parameter : model.parameters().parameters()) {
      stacked.merge(
          stackedName(parameter.name()),
          model.parameters().grad(parameter.name()).toFloats(),
          ModelParityTest::concat);
    }
    stacked.forEach((name, gradient) -> assertClose("grad." + name, gradient, golden, tolerance));
  }

  /** transformers stacks the experts of a layer in memory, gate and up of each together. */
  static String stackedName(String name) {
    return name.replaceAll("experts\\.\\d+\\.(gate|up)_proj.weight", "experts.gate_up_proj")
        .replaceAll("experts\\.\\d+\\.down_proj.weight", "experts.down_proj");
  }

  private static float[] concat(float[] a, float[] b) {
    float[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }

  private static int[] concat(int[] a, int[] b) {
    int[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }

  private static Tensor tensor(SafetensorsFile file, String name) {
    TensorInfo info = file.tensors().get(name);
    return Tensor.fromBytes(file.bytes(name), info.dtype(), info.shape());
  }

  /** A pass that keeps its activations computes what one that does not keep them computes. */
  private static void assertClose(float[] expected, float[] actual) {
    assertClose("log-probabilities again", actual, expected, TOLERANCE);
  }

  private static void assertClose(
      String name, float[] actual, SafetensorsFile golden, double tolerance) {
    assertClose(name, actual, tensor(golden, name).toFloats(), tolerance);
  }

  private static void assertClose(String name, float[] actual, float[] expected, double tolerance) {
    assertThat(actual).as(name).hasSameSizeAs(expected);
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      difference = Math.max(difference, Math.abs((double) expected[i] - actual[i]));
    }
    assertThat(difference).as(name).isLessThanOrEqualTo(tolerance * largest);
  }
}
