/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.ppo;

import dev.dpo4j.checkpoint.FlatTensors;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.optim.Optimizer;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.train.loop.NonFiniteException;
import dev.dpo4j.train.output.OptimizerState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The value model: it foretells before each token which reward the answer will come to, and learns
 * that from the answers.
 */
final class Critic implements AutoCloseable {
  /** The folder of the value model in a checkpoint. */
  static final String FOLDER = "value_model";

  private static final String OPTIMIZER = "optimizer.safetensors";

  private final LanguageModel weights;
  private final CausalLm model;
  private final Optimizer optimizer;
  private final double maxGradNorm;

  /**
   * Makes a critic of a model with a scalar head, which the caller closes after this.
   *
   * @param maxGradNorm its gradients are scaled down to this norm; 0 for never
   */
  Critic(LanguageModel weights, CausalLm model, Optimizer optimizer, double maxGradNorm) {
    this.weights = weights;
    this.model = model;
    this.optimizer = optimizer;
    this.maxGradNorm = maxGradNorm;
  }

  CausalLm model() {
    return model;
  }

  /**
   * Lets its weights follow the gradients that were added, and clears these.
   *
   * @throws NonFiniteException if their norm is no finite number
   */
  void update(double learningRate) {
    double norm = optimizer.gradNorm();
    if (!Double.isFinite(norm)) {
      throw new NonFiniteException(
          "The norm of the value model's gradient is %s: the weights are those of the update before. Lower learning_rate or vf_coef"
              .formatted(norm));
    }
    if (maxGradNorm > 0) {
      optimizer.clip(norm, maxGradNorm);
    }
    optimizer.step(learningRate);
  }

  /** Updates so far. */
  long updates() {
    return optimizer.steps();
  }

  void save(Path checkpoint) throws IOException {
    Path folder = Files.createDirectories(checkpoint.resolve(FOLDER));
    weights.save(folder, DType.FLOAT32);
    FlatTensors.write(folder.resolve(OPTIMIZER), OptimizerState.parts(optimizer));
  }

  /** Reads back what {@link #save} wrote after that many updates. */
  void restore(Path checkpoint, long updates) {
    Path folder = checkpoint.resolve(FOLDER);
    weights.restore(folder);
    FlatTensors.read(folder.resolve(OPTIMIZER), OptimizerState.parts(optimizer));
    optimizer.resume(updates);
  }

  @Override
  public void close() {
    optimizer.close();
    model.close();
  }
}
