/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.ModelConfigException;
import dev.dpo4j.model.family.WeightsException;
import dev.dpo4j.model.lora.LoraAdapter;
import dev.dpo4j.model.lora.LoraConfig;
import dev.dpo4j.model.lora.LoraFolder;
import dev.dpo4j.model.weights.HfFolder;
import dev.dpo4j.model.weights.WeightFiles;
import dev.dpo4j.model.weights.WeightLayout;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.safetensors.ShardedSafetensorsWriter;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tokenizer.ChatTokenizer;
import dev.dpo4j.tokenizer.HfTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A model in memory: configuration, weights, tokenizer and template of a Hugging Face folder or of
 * a GGUF file.
 */
public final class LanguageModel implements AutoCloseable {
  private final Path folder;
  private final Path base;
  private final ModelConfig config;
  private final ParameterStore parameters;
  private final HfTokenizer tokenizer;
  private @Nullable LoraAdapter adapter;
  private boolean adapterIsFresh;

  private LanguageModel(
      Path folder,
      Path base,
      ModelConfig config,
      ParameterStore parameters,
      HfTokenizer tokenizer) {
    this.folder = folder;
    this.base = base;
    this.config = config;
    this.parameters = parameters;
    this.tokenizer = tokenizer;
  }

  /**
   * Loads a folder, or a file whose name ends in {@code .gguf}; with a folder that holds an adapter
   * also the base model that it names.
   *
   * @throws ModelConfigException if config.json is missing, wrong or of an unknown architecture
   * @throws WeightsException if tensors are missing, unexpected or wrongly shaped; all are named
   * @throws dev.dpo4j.io.ModelFileException if a weight file is broken
   * @throws dev.dpo4j.tokenizer.TokenizerException if the tokenizer is missing or broken
   */
  public static LanguageModel load(Path folder) {
    return load(folder, DType.FLOAT32);
  }

  /**
   * Loads a folder or file; see {@link #load(Path)}.
   *
   * @param dtype type in which the base's weights are held: float32, or bfloat16 where only an
   *     adapter is trained
   */
  public static LanguageModel load(Path folder, DType dtype) {
    Path base = LoraFolder.base(folder);
    ModelConfig config = ModelConfig.read(base);
    HfTokenizer tokenizer = HfTokenizer.load(LoraFolder.tokenizer(folder));
    LanguageModel model;
    try {
      ParameterStore parameters = WeightFiles.load(base, config, dtype);
      model = new LanguageModel(folder, base, config, parameters, tokenizer);
    } catch (RuntimeException e) {
      tokenizer.close();
      throw e;
    }
    try {
      if (LoraFolder.isAdapter(folder)) {
        model.adapter = LoraFolder.load(folder, config);
      }
      return model;
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /**
   * Puts a new adapter on the model: from now on it is what {@link #trained}, {@link #compute},
   * {@link #save} and {@link #restore} mean. It does not change the model yet.
   *
   * @throws IllegalStateException if the model has an adapter already
   */
  public void addAdapter(LoraConfig lora, long seed) {
    if (adapter != null) {
      throw new IllegalStateException(folder + " has an adapter already");
    }
    adapter = LoraAdapter.fresh(config, lora, seed, parameters);
    adapterIsFresh = true;
  }

  /** Takes the adapter as it is now for the beginning of further training. */
  public void continueAdapter() {
    adapterIsFresh = false;
  }

  /** The adapter on the model, or null. */
  public @Nullable LoraAdapter adapter() {
    return adapter;
  }

  /** Whether the adapter began training with no effect on the model. */
  public boolean adapterIsFresh() {
    return adapterIsFresh;
  }

  /**
   * Moves other weights of the same model towards this one's, its adapter's update included.
   *
   * @param target becomes {@code (1 - share) * target + share * this}
   */
  public void mixInto(ParameterStore target, double share) {
    target.values().mul_(1 - share).add_(parameters.values(), share);
    LoraAdapter present = adapter;
    if (present != null) {
      present.addTo(target, parameters, share);
    }
  }

  /**
   * Makes the weights those that the adapter computes with and takes the adapter away.
   *
   * @throws IllegalStateException if there is no adapter, or if it cannot become part of the model
   */
  public void mergeAdapter() {
    LoraAdapter present = adapter;
    if (present == null) {
      throw new IllegalStateException(folder + " has no adapter to merge");
    }
    if (parameters.dtype() != DType.FLOAT32) {
      throw new IllegalStateException(
          folder + " was loaded in " + parameters.dtype() + ": load it in float32 to merge");
    }
    present.mergeInto(parameters);
    present.close();
    adapter = null;
  }

  /** The folder or GGUF file it was loaded from. */
  public Path folder() {
    return folder;
  }

  /** The folder or GGUF file of the weights that an adapter leaves alone. */
  public Path base() {
    return base;
  }

  /**
   * Holds the gradients of the layers' matrices in bfloat16.
   *
   * @throws IllegalStateException if they were taken in float32 before
   */
  public void narrowGradients() {
    WeightLayout.narrowGradients(parameters, config);
  }

  /** The weights that training changes: the adapter's where there is one, else all. */
  public ParameterStore trained() {
    LoraAdapter present = adapter;
    return present == null ? parameters : present.parameters();
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
    return new CausalLm(config, parameters, adapter, options);
  }

  /**
   * The model as it was before its adapter is trained, over the same base weights: with a new
   * adapter switched off, or with a copy of the adapter that was read.
   *
   * @throws IllegalStateException if the model has no adapter
   */
  public CausalLm computeStart(ComputeOptions options) {
    LoraAdapter present = adapter;
    if (present == null) {
      throw new IllegalStateException(folder + " has no adapter that could be switched off");
    }
    return adapterIsFresh
        ? new CausalLm(config, parameters, options)
        : CausalLm.owning(config, parameters, present.copy(), options);
  }

  /**
   * Writes a folder that transformers loads: weights, configuration, tokenizer and template; of a
   * model with an adapter one that PEFT loads, without the base model.
   *
   * @param target an existing folder
   * @param dtype type of the written weights; an adapter is always float32
   */
  public void save(Path target, DType dtype) throws IOException {
    LoraAdapter present = adapter;
    if (present == null) {
      WeightFiles.save(parameters, target, dtype, ShardedSafetensorsWriter.DEFAULT_MAX_SHARD_SIZE);
      HfFolder.carryOver(base, target, dtype);
    } else {
      LoraFolder.save(present, base, target);
      HfFolder.carryTokenizer(LoraFolder.tokenizer(folder), target);
    }
  }

  /**
   * Replaces the trained weights by those of a folder that {@link #save} wrote for the same model.
   *
   * @throws WeightsException if its tensors are not those of this model
   */
  public void restore(Path saved) {
    LoraAdapter present = adapter;
    if (present == null) {
      WeightFiles.restore(parameters, saved, config);
    } else {
      LoraFolder.fill(present, saved);
    }
  }

  @Override
  public void close() {
    LoraAdapter present = adapter;
    if (present != null) {
      present.close();
    }
    tokenizer.close();
    parameters.close();
  }
}
