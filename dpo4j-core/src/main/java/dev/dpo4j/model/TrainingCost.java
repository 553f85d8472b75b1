/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.lora.LoraModule;
import dev.dpo4j.model.style.Experts;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.nn.Gemm;
import dev.dpo4j.tensor.DType;

/**
 * The least work that training on a batch takes, in floating-point operations.
 *
 * <p>Counted are the products alone: the layers forward and backward for every row of the shared
 * layout, the head for the scored tokens, attention for the visible pairs of rows. Nothing is
 * computed twice and the reference's log-probabilities are known: no trainer can do with less, so
 * that time at the machine's best rate over real time says how good a trainer is, whoever wrote it.
 */
public final class TrainingCost {
  private TrainingCost() {}

  /** Operations of a forward and a backward pass over {@code batch}. */
  public static double flops(ModelConfig model, FlatBatch batch) {
    return 6 * weights(model, batch) + attention(model, batch);
  }

  /**
   * The same where an adapter on all linear layers is trained: the model's own weights need no
   * gradients.
   */
  public static double adapterFlops(ModelConfig model, int rank, FlatBatch batch) {
    double sizes = 0;
    for (int layer = 0; layer < model.layers(); layer++) {
      for (LoraModule module : LoraModule.values()) {
        if (module.isIn(model, layer)) {
          sizes += module.inputs(model) + module.outputs(model);
        }
      }
    }
    return 4 * weights(model, batch) + 6 * rank * sizes * batch.rows() + attention(model, batch);
  }

  /**
   * Operations of a forward pass over one sequence of so many tokens, of which only the last is
   * scored: what it takes to read a prompt.
   */
  public static double reading(ModelConfig model, long tokens) {
    double pairs = (double) tokens * tokens / 2;
    double attention = 4.0 * model.heads() * model.headDim() * pairs * model.layers();
    return 2 * layerWeights(model) * tokens + attention;
  }

  /**
   * Operations of the products with weights of a forward and a backward pass, without attention.
   */
  public static double training(ModelConfig model, double tokens) {
    double head = (double) model.vocabSize() * model.hiddenSize();
    return 6 * (layerWeights(model) + head / 2) * tokens;
  }

  /** Multiplications with weights in a forward pass. */
  private static double weights(ModelConfig model, FlatBatch batch) {
    double layers = layerWeights(model);
    double head = (double) model.vocabSize() * model.hiddenSize();
    return layers * batch.rows() + head * batch.entries();
  }

  /** Weights of all layers that a token is multiplied by. */
  private static double layerWeights(ModelConfig model) {
    double hidden = model.hiddenSize();
    double queries = (double) model.heads() * model.headDim();
    double keys = (double) model.kvHeads() * model.headDim();
    double weights = model.layers() * (2 * hidden * queries + 2 * hidden * keys);
    Experts experts = model.style().experts();
    for (int layer = 0; layer < model.layers(); layer++) {
      weights +=
          experts != null && model.isSparse(layer)
              ? hidden * (3.0 * experts.perToken() * experts.intermediateSize() + experts.count())
              : 3 * hidden * model.intermediateSize();
    }
    return weights;
  }

  private static double attention(ModelConfig model, FlatBatch batch) {
    double visible = 0;
    for (FlatBatch.Group group : batch.groups()) {
      double prefix = group.prefix();
      visible += prefix * prefix / 2;
      for (int branch : group.branches()) {
        visible += branch * (prefix + branch / 2.0);
      }
    }
    return 12.0 * model.heads() * model.headDim() * visible * model.layers();
  }

  /** Bytes of one layer's weights in float32. */
  public static long layerBytes(ModelConfig config) {
    return WorkingWeights.layerBytes(config);
  }

  /** Bytes of weights in working form that are held beside those of a base of that type. */
  public static long workingBytes(ModelConfig config, DType base, boolean dora) {
    return WorkingWeights.bytes(config, base, dora);
  }

  /**
   * Bytes that one row's activations take in a layer that keeps them.
   *
   * @param compute type of the products
   */
  public static long savedBytesPerRow(ModelConfig config, DType compute) {
    return DecoderLayer.savedBytesPerRow(config, new Gemm(compute).activations());
  }
}
