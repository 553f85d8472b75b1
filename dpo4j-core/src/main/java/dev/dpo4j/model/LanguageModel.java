/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.safetensors.ShardedSafetensorsWriter;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tokenizer.ChatTokenizer;
import dev.dpo4j.tokenizer.HfTokenizer;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A model in memory: configuration, float32 weights, tokenizer and template of a Hugging Face
 * folder or of a GGUF file.
 */
public final class LanguageModel implements AutoCloseable {
  private final Path folder;
  private final ModelConfig config;
  private final ParameterStore parameters;
  private final HfTokenizer tokenizer;

  private LanguageModel(
      Path folder, ModelConfig config, ParameterStore parameters, HfTokenizer tokenizer) {
    this.folder = folder;
    this.config = config;
    this.parameters = parameters;
    this.tokenizer = tokenizer;
  }

  /**
   * Loads a folder, or a file whose name ends in {@code .gguf}.
   *
   * @throws ModelConfigException if config.json is missing, wrong or of an unknown architecture
   * @throws WeightsException if tensors are missing, unexpected or wrongly shaped; all are named
   * @throws dev.dpo4j.safetensors.ModelFileException if a weight file is broken
   * @throws dev.dpo4j.tokenizer.TokenizerException if the tokenizer is missing or broken
   */
  public static LanguageModel load(Path folder) {
    ModelConfig config = ModelConfig.read(folder);
    HfTokenizer tokenizer = HfTokenizer.load(folder);
    try {
      return new LanguageModel(folder, config, WeightFiles.load(folder, config), tokenizer);
    } catch (RuntimeException e) {
      tokenizer.close();
      throw e;
    }
  }

  /** The folder or GGUF file it was loaded from. */
  public Path folder() {
    return folder;
  }

  /** The architecture. */
  public ModelConfig config() {
    return config;
  }

  /** The weights, shared by every {@link #compute} of this model. */
  public ParameterStore parameters() {
    return parameters;
  }

  /** The tokenizer with its special tokens. */
  public HfTokenizer tokenizer() {
    return tokenizer;
  }

  /** The tokenizer with the chat template. */
  public ChatTokenizer chat() {
    return tokenizer.chat();
  }

  /** The model's computation over these weights; the caller closes it before this. */
  public CausalLm compute(ComputeOptions options) {
    return new CausalLm(config, parameters, options);
  }

  /**
   * Writes a folder that transformers loads: weights, configuration, tokenizer and template.
   *
   * @param target an existing folder
   * @param dtype type of the written weights
   */
  public void save(Path target, DType dtype) throws IOException {
    WeightFiles.save(parameters, target, dtype, ShardedSafetensorsWriter.DEFAULT_MAX_SHARD_SIZE);
    HfFolder.carryOver(folder, target, dtype);
  }

  /**
   * Replaces the weights by those of a folder that {@link #save} wrote for the same model.
   *
   * @throws WeightsException if its tensors are not those of this model
   */
  public void restore(Path saved) {
    WeightFiles.restore(parameters, saved, config);
  }

  @Override
  public void close() {
    tokenizer.close();
    parameters.close();
  }
}
