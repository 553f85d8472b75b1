/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.family;

import dev.dpo4j.gguf.GgufDescription;
import dev.dpo4j.gguf.GgufFile;
import dev.dpo4j.tensor.DType;
import java.io.Closeable;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A model in a GGUF file: configuration and dequantised weights, ready for the same loader as a
 * Hugging Face folder.
 *
 * @param config the shape of the model
 * @param weights the tensors, checked against the configuration
 * @param metadata all keys of the file, among them those of tokenizer and chat template
 */
public record GgufModel(ModelConfig config, ModelWeights weights, Map<String, Object> metadata)
    implements Closeable {

  /**
   * Opens a file.
   *
   * @param dtype element type to give the weights, float32 or bfloat16
   * @throws dev.dpo4j.gguf.GgufException when the file is broken or holds what is not supported
   * @throws ModelConfigException when its configuration is not possible
   * @throws WeightsException when tensors are missing, unexpected or wrongly shaped
   */
  public static GgufModel open(Path path, DType dtype) {
    GgufFile file = GgufFile.open(path);
    try {
      GgufDescription description = GgufDescription.of(file);
      Architecture architecture =
          Architecture.ofClassName(description.className())
              .orElseThrow(
                  () ->
                      new ModelConfigException(
                          path.toString(),
                          List.of(
                              description.className()
                                  + ": found, expected one of "
                                  + Architecture.classNames())));
      Map<String, Object> fields = new LinkedHashMap<>(description.fields());
      fields.put("dtype", dtype.torchName());
      ModelConfig config = ModelConfig.of(path.toString(), architecture, fields);
      ModelWeights weights = ModelWeights.of(new GgufWeights(file, description, dtype), config);
      return new GgufModel(config, weights, file.metadata());
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  @Override
  public void close() {
    weights.close();
  }
}
