/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.lora;

import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.weights.WeightLayout;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.nn.LogProbHead.Want;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A tiny model for tests of adapters, and a loss of it. */
abstract class AdapterFixture {
  static final FlatBatch BATCH =
      FlatBatch.of(
          List.of(
              FlatBatch.Tree.pair(
                  new int[] {1, 2, 3, 4, 5}, new int[] {6, 7, 8}, new int[] {9, 10, 11, 12})));
  static final int[] IDS = {3, 1, 4, 1, 5, 9, 2, 6};

  @TempDir Path folder;
  private final Scope scope = Scope.open();
  ModelConfig config;
  ParameterStore base;

  @BeforeEach
  void makeABase() throws IOException {
    Files.writeString(
        folder.resolve("config.json"),
        """
        {"model_type": "qwen3", "architectures": ["Qwen3ForCausalLM"], "hidden_size": 16,
         "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 4,
         "num_key_value_heads": 2, "head_dim": 8, "vocab_size": 32, "rms_norm_eps": 1e-6,
         "rope_theta": 1e4, "max_position_embeddings": 64, "tie_word_embeddings": true}
        """);
    config = ModelConfig.read(folder);
    base = WeightLayout.allocate(config, DType.FLOAT32);
    randomize(base, 1, 0.4);
  }

  @AfterEach
  void free() {
    base.close();
    scope.close();
  }

  static void randomize(ParameterStore store, long seed, double size) {
    Random random = new Random(seed);
    float[] values = new float[(int) store.count()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (size * random.nextGaussian());
    }
    store.values().copy_(Tensor.ofFloats(values, values.length));
  }

  static ComputeOptions options(boolean recompute) {
    ComputeOptions options = ComputeOptions.float32();
    return recompute ? options.withActivationBytes(0) : options;
  }

  /** A weighted sum of the log-probs, and its gradient where that is asked for. */
  static double loss(CausalLm model, boolean backward) {
    try (CausalLm.Pass pass = model.forward(BATCH, Want.LOGPS)) {
      float[] logps = pass.stats().logps();
      float[] weights = new float[logps.length];
      double loss = 0;
      for (int i = 0; i < logps.length; i++) {
        weights[i] = (i % 3 - 1.2f) / logps.length;
        loss += (double) weights[i] * logps[i];
      }
      if (backward) {
        pass.backward(weights);
      }
      return loss;
    }
  }
}
