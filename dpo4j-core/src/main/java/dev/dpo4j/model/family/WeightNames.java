/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.family;

import dev.dpo4j.safetensors.TensorSpec;
import dev.dpo4j.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/**
 * The tensors of a model under the names of Hugging Face checkpoints. A linear layer's weight has
 * shape {@code [out, in]}.
 */
public final class WeightNames {
  /** The embedding, {@code [vocab, hidden]}. */
  public static final String EMBEDDING = "model.embed_tokens.weight";

  /** The norm behind the last layer, {@code [hidden]}. */
  public static final String FINAL_NORM = "model.norm.weight";

  /** The head of a model that does not tie it to the embedding, {@code [vocab, hidden]}. */
  public static final String HEAD = "lm_head.weight";

  /** What the names of all tensors of layers begin with. */
  public static final String LAYERS = "model.layers.";

  private static final String ROTARY_BUFFER = ".rotary_emb.inv_freq";

  private WeightNames() {}

  /** The name of a tensor of one layer, such as {@code model.layers.3.mlp.up_proj.weight}. */
  public static String ofLayer(int layer, String part) {
    return LAYERS + layer + "." + part;
  }

  /**
   * All tensors that a model has, in the order of the forward pass.
   *
   * @param dtype the element type to give them
   */
  public static List<TensorSpec> of(ModelConfig config, DType dtype) {
    List<TensorSpec> specs = new ArrayList<>();
    long hidden = config.hiddenSize();
    specs.add(new TensorSpec(EMBEDDING, dtype, config.vocabSize(), hidden));
    for (int layer = 0; layer < config.layers(); layer++) {
      addLayer(specs, config, dtype, layer);
    }
    specs.add(new TensorSpec(FINAL_NORM, dtype, hidden));
    if (!config.tieWordEmbeddings()) {
      specs.add(new TensorSpec(config.head().weight(), dtype, config.headRows(), hidden));
    }
    return specs;
  }

  private static void addLayer(List<TensorSpec> specs, ModelConfig config, DType dtype, int layer) {
    for (LayerTensors.Entry entry : LayerTensors.of(config, layer)) {
      specs.add(new TensorSpec(ofLayer(layer, entry.part()), dtype, entry.shape()));
    }
  }

  /**
   * Whether a tensor beside the expected ones is harmless: old checkpoints carry the rotary
   * frequencies, which follow from config.json.
   */
  static boolean isIgnorable(String name) {
    return name.endsWith(ROTARY_BUFFER);
  }
}
