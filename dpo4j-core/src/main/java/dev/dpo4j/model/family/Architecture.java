/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.family;

import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The families of language models that can be trained, with the values a config.json may omit. */
public enum Architecture {
  /** Qwen2 and Qwen2.5: bias on query, key and value. */
  QWEN2("Qwen2ForCausalLM", "qwen2"),
  /** Qwen3: norms on query and key, a head size of its own. */
  QWEN3("Qwen3ForCausalLM", "qwen3"),
  /** Llama 2 and 3, SmolLM2 and others of the same build. */
  LLAMA("LlamaForCausalLM", "llama"),
  /** Mistral: as Llama, with a sliding window in every layer. */
  MISTRAL("MistralForCausalLM", "mistral");

  private final String className;
  private final String modelType;

  Architecture(String className, String modelType) {
    this.className = className;
    this.modelType = modelType;
  }

  /**
   * What transformers 5 takes where config.json says nothing.
   *
   * @param kvHeads key and value heads; 0 stands for as many as query heads
   * @param headDim size of a head; 0 stands for hidden size over heads
   * @param slidingWindow positions that a layer with a window sees; 0 where none has one
   */
  record Defaults(
      int vocabSize,
      int hiddenSize,
      int intermediateSize,
      int layers,
      int heads,
      int kvHeads,
      int headDim,
      int maxPositionEmbeddings,
      int slidingWindow,
      @Nullable Integer bosTokenId,
      @Nullable Integer eosTokenId) {}

  /** The name under {@code architectures} in config.json. */
  public String className() {
    return className;
  }

  /** The name under {@code model_type} in config.json. */
  public String modelType() {
    return modelType;
  }

  Defaults defaults() {
    return switch (this) {
      case QWEN2 -> new Defaults(151_936, 4096, 22_016, 32, 32, 32, 0, 32_768, 4096, null, null);
      case QWEN3 -> new Defaults(151_936, 4096, 22_016, 32, 32, 32, 128, 32_768, 4096, null, null);
      case LLAMA -> new Defaults(32_000, 4096, 11_008, 32, 32, 0, 0, 2048, 0, 1, 2);
      case MISTRAL -> new Defaults(32_000, 4096, 14_336, 32, 32, 8, 0, 131_072, 4096, 1, 2);
    };
  }

  static Optional<Architecture> ofClassName(String name) {
    return Arrays.stream(values()).filter(a -> a.className.equals(name)).findFirst();
  }

  static Optional<Architecture> ofModelType(String name) {
    return Arrays.stream(values()).filter(a -> a.modelType.equals(name)).findFirst();
  }

  static String classNames() {
    return String.join(", ", Arrays.stream(values()).map(Architecture::className).toList());
  }

  static String modelTypes() {
    return String.join(", ", Arrays.stream(values()).map(Architecture::modelType).toList());
  }
}
