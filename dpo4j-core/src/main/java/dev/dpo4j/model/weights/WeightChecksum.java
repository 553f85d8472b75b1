/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.weights;

import dev.dpo4j.io.Checksums;
import dev.dpo4j.nn.Parameter;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.TensorBytes;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * The SHA-256 of weights in memory: of their names, shapes and values, in whatever file they lay.
 */
public final class WeightChecksum {
  private WeightChecksum() {}

  /**
   * The checksum of all parameters of a store.
   *
   * @param description what else belongs to them, such as a configuration
   */
  public static String of(ParameterStore store, String description) {
    MessageDigest digest = Checksums.digest();
    digest.update(description.getBytes(StandardCharsets.UTF_8));
    for (Parameter parameter : store.parameters()) {
      String name = parameter.name() + Arrays.toString(parameter.shape());
      digest.update(name.getBytes(StandardCharsets.UTF_8));
    }
    addValues(digest, store, store.dtype());
    addPacked(digest, store);
    return Checksums.hex(digest);
  }

  /** Adds the names and codes of the matrices in fewer bits. */
  public static void addPacked(MessageDigest digest, ParameterStore store) {
    store
        .packed()
        .forEach(
            (name, weight) -> {
              digest.update((name + " " + weight.form()).getBytes(StandardCharsets.UTF_8));
              weight.digest(digest::update);
            });
  }

  /** Adds the values of all parameters, converted to a type. */
  public static void addValues(MessageDigest digest, ParameterStore store, DType dtype) {
    new TensorBytes()
        .pieces(store.values(), 0, store.count(), dtype)
        .forEachRemaining(digest::update);
  }
}
