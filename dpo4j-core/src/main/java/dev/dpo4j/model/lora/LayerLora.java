/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.lora;

import dev.dpo4j.nn.Gemm;
import dev.dpo4j.nn.LoraGroup;
import dev.dpo4j.tensor.Arena;
import dev.dpo4j.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;

/** The adapters of one decoder layer, by the input that they read; a list may be empty. */
public record LayerLora(
    List<LoraGroup> qkv, List<LoraGroup> o, List<LoraGroup> gateUp, List<LoraGroup> down) {
  /** A layer without adapters. */
  public static final LayerLora NONE = new LayerLora(List.of(), List.of(), List.of(), List.of());

  /** Whether nothing is added to the layer. */
  public boolean isEmpty() {
    return qkv.isEmpty() && o.isEmpty() && gateUp.isEmpty() && down.isEmpty();
  }

  /** The groups of this and then those of another one. */
  public LayerLora with(LayerLora other) {
    return new LayerLora(
        join(qkv, other.qkv), join(o, other.o), join(gateUp, other.gateUp), join(down, other.down));
  }

  private static List<LoraGroup> join(List<LoraGroup> first, List<LoraGroup> second) {
    return Stream.concat(first.stream(), second.stream()).toList();
  }

  public static void forward(List<LoraGroup> groups, Gemm gemm, Tensor y, Tensor x, Arena arena) {
    groups.forEach(group -> group.forward(gemm, y, x, arena));
  }

  public static void backward(
      List<LoraGroup> groups, Gemm gemm, Tensor dx, Tensor dy, Tensor x, Arena arena) {
    groups.forEach(group -> group.backward(gemm, dx, dy, x, arena));
  }
}
