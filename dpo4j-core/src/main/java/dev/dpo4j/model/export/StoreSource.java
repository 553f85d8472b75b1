/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.export;

import dev.dpo4j.nn.Parameter;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.safetensors.TensorInfo;
import dev.dpo4j.safetensors.TensorSource;
import dev.dpo4j.safetensors.TensorSpec;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Scope;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** The weights of a model in memory, read as those of a file are, in float32. */
final class StoreSource implements TensorSource {
  private final ParameterStore store;
  private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
  private final Map<String, Parameter> parameters = new LinkedHashMap<>();

  /** Reads a store, which stays open when this is closed. */
  StoreSource(ParameterStore store) {
    this.store = store;
    for (Parameter parameter : store.parameters()) {
      TensorSpec spec = new TensorSpec(parameter.name(), DType.FLOAT32, parameter.shape());
      tensors.put(parameter.name(), new TensorInfo(spec, 0, parameter.count() * Float.BYTES));
      parameters.put(parameter.name(), parameter);
    }
  }

  @Override
  public Map<String, TensorInfo> tensors() {
    return Collections.unmodifiableMap(tensors);
  }

  @Override
  public ByteBuffer bytes(String name, long offset, int length) {
    info(name);
    Parameter parameter = parameters.get(name);
    if (parameter == null) {
      throw new IllegalArgumentException(name);
    }
    ByteBuffer bytes = ByteBuffer.allocateDirect(length).order(ByteOrder.LITTLE_ENDIAN);
    try (Scope scope = Scope.open()) {
      store
          .values()
          .narrow(0, parameter.offset() + offset / Float.BYTES, length / Float.BYTES)
          .to(DType.FLOAT32)
          .getBytes(0, bytes);
    }
    return bytes.flip().asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public void close() {
    // The store belongs to the model.
  }

  @Override
  public String toString() {
    return "the model in memory";
  }
}
