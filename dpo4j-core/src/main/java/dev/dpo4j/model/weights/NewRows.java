/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.weights;

import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.model.family.ConfigText;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.WeightNames;
import dev.dpo4j.nn.Parameter;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Ops;
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
 * standard normal {@code z}, which has that distribution without a factor of the covariance. The
 * numbers drawn are always the same, so that a reference that is loaded by itself has them, too.
 */
public final class NewRows {
  private static final double SHARE_OF_COVARIANCE = 1e-9;
  private static final long SEED = 0;

  /** Elements that are looked at together. */
  private static final long PIECE = 4 << 20;

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
    long width = matrix.size(1);
    long added = matrix.size(0) - present;
    long atOnce = Math.max(1, PIECE / width);
    try (Scope scope = Scope.open()) {
      Tensor mean = Tensor.zeros(DType.FLOAT32, 1, width);
      for (long from = 0; from < present; from += atOnce) {
        try (Scope piece = Scope.open()) {
          long rows = Math.min(atOnce, present - from);
          mean.add_(floats(matrix, from, rows).sum(0), 1.0 / present);
        }
      }
      Tensor spread = Tensor.zeros(DType.FLOAT32, added, width);
      for (long from = 0; from < present; from += atOnce) {
        try (Scope piece = Scope.open()) {
          long rows = Math.min(atOnce, present - from);
          Tensor centred = floats(matrix, from, rows).sub_(mean);
          float[] drawn = random.normals(Math.toIntExact(added * rows), 1);
          Ops.addmm_(spread, Tensor.ofFloats(drawn, added, rows), centred);
        }
      }
      spread.mul_(Math.sqrt(SHARE_OF_COVARIANCE / present)).add_(mean);
      matrix.narrow(0, present, added).copy_(spread);
    }
  }

  private static Tensor floats(Tensor matrix, long from, long rows) {
    return matrix.narrow(0, from, rows).to(DType.FLOAT32);
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
