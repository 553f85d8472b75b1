/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.weights;

import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.model.family.ConfigText;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.WeightNames;
import dev.dpo4j.nn.Parameter;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.tensor.TorchGenerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * The rows that embedding and head get for tokens that a vocabulary did not have.
 *
 * <p>They begin as in transformers: normal around the mean of the rows that were there, with 1e-9
 * of their covariance. A row is {@code mean + sqrt(1e-9 / n) * sum of z_i (row_i - mean)} with
 * standard normal {@code z} over {@code n} rows that are drawn, which needs no factor of the
 * covariance. The numbers drawn are always the same, so that a reference that is loaded by itself
 * has them, too, and a run resumes on the same weights.
 */
public final class NewRows {
  private static final double SHARE_OF_COVARIANCE = 1e-9;
  private static final long SEED = 0;

  /** Rows that stand for the covariance of all. */
  private static final int SAMPLE = 512;

  /** Elements that are looked at together. */
  private static final int PIECE = 1 << 20;

  private NewRows() {}

  /** The number of elements of a shape. */
  static long count(long[] shape) {
    long count = 1;
    for (long size : shape) {
      count *= size;
    }
    return count;
  }

  /**
   * Fills the rows behind those that were read.
   *
   * @param present rows that were read
   * @param config that of the weights in memory
   */
  static void begin(ParameterStore store, int present, ModelConfig config) {
    if (config.vocabSize() > present) {
      TorchGenerator random = new TorchGenerator(SEED);
      for (String name : new String[] {WeightNames.EMBEDDING, WeightNames.HEAD}) {
        if (store.has(name)) {
          begin(store.value(name), present, random);
        }
      }
    }
  }

  private static void begin(Tensor matrix, int present, TorchGenerator random) {
    double[] mean = mean(matrix, present);
    float[][] sample = new float[Math.min(SAMPLE, present)][];
    for (int i = 0; i < sample.length; i++) {
      sample[i] = rows(matrix, Math.floorMod(random.nextInt(), present), 1);
    }
    double scale = Math.sqrt(SHARE_OF_COVARIANCE / sample.length);
    for (long row = present; row < matrix.size(0); row++) {
      float[] drawn = random.normals(sample.length, scale);
      float[] values = new float[mean.length];
      for (int column = 0; column < values.length; column++) {
        double value = mean[column];
        for (int i = 0; i < drawn.length; i++) {
          value += drawn[i] * (sample[i][column] - mean[column]);
        }
        values[column] = (float) value;
      }
      try (Scope scope = Scope.open()) {
        matrix.narrow(0, row, 1).copy_(Tensor.ofFloats(values, 1, values.length));
      }
    }
  }

  /** In double and in order, so that threads and devices change no bit. */
  private static double[] mean(Tensor matrix, int present) {
    double[] mean = new double[Math.toIntExact(matrix.size(1))];
    int atOnce = Math.max(1, PIECE / mean.length);
    for (int from = 0; from < present; from += atOnce) {
      float[] values = rows(matrix, from, Math.min(atOnce, present - from));
      for (int i = 0; i < values.length; i++) {
        mean[i % mean.length] += values[i];
      }
    }
    for (int column = 0; column < mean.length; column++) {
      mean[column] /= present;
    }
    return mean;
  }

  private static float[] rows(Tensor matrix, int from, int count) {
    try (Scope scope = Scope.open()) {
      return matrix.narrow(0, from, count).to(DType.FLOAT32).toFloats();
    }
  }

  /**
   * A copy of weights in memory with another number of rows.
   *
   * @param present rows of the weights
   * @param wanted the configuration of the copy
   * @throws IllegalStateException if some are held packed
   */
  public static ParameterStore resize(ParameterStore store, int present, ModelConfig wanted) {
    store.requirePlain("resizing the embedding");
    ParameterStore copy = WeightLayout.allocate(wanted, store.dtype());
    try (Scope scope = Scope.open()) {
      for (Parameter parameter : copy.parameters()) {
        long count = Math.min(parameter.count(), store.get(parameter.name()).count());
        Tensor from = store.values().narrow(0, store.get(parameter.name()).offset(), count);
        copy.values().narrow(0, parameter.offset(), count).copy_(from);
      }
    }
    begin(copy, present, wanted);
    return copy;
  }

  /** Writes the number of rows into the config.json of a result, where it is another one now. */
  public static void write(ModelConfig config, Path folder) throws IOException {
    Path file = folder.resolve(ModelConfig.FILE_NAME);
    if (Files.isRegularFile(file)
        && ModelConfig.readAnyHead(folder).vocabSize() != config.vocabSize()) {
      Map<String, String> rows = Map.of("vocab_size", String.valueOf(config.vocabSize()));
      AtomicFile.writeString(file, ConfigText.replace(ConfigText.read(file), rows));
    }
  }
}
