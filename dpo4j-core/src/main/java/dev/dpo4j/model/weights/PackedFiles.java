/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.weights;

import dev.dpo4j.model.family.LayerTensors;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.ModelWeights;
import dev.dpo4j.model.family.WeightNames;
import dev.dpo4j.model.family.WeightsException;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.quant.CodeBook;
import dev.dpo4j.quant.EightBitWeight;
import dev.dpo4j.quant.FourBitWeight;
import dev.dpo4j.quant.GgufWeight;
import dev.dpo4j.quant.PackedWeight;
import dev.dpo4j.quant.WeightPacking;
import dev.dpo4j.tensor.Backends;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the matrices of the layers into fewer bits, one after the other. */
final class PackedFiles {
  private final ModelWeights source;
  private final WeightPacking packing;
  private final Map<String, PackedWeight> read = new LinkedHashMap<>();

  private PackedFiles(ModelWeights source, WeightPacking packing) {
    this.source = source;
    this.packing = packing;
  }

  /**
   * Reads a model.
   *
   * @param config the shape of the source
   * @param wanted the shape in memory, which may have another head
   */
  static ParameterStore load(
      ModelWeights source, ModelConfig config, ModelConfig wanted, BaseForm form) {
    PackedFiles files = new PackedFiles(source, form.packing());
    try {
      files.readLayers(config);
    } catch (RuntimeException e) {
      files.read.values().forEach(PackedWeight::close);
      throw e;
    }
    ParameterStore store = WeightLayout.allocate(wanted, form.dtype(), files.read::containsKey);
    files.read.forEach(store::addPacked);
    return store;
  }

  private void readLayers(ModelConfig config) {
    if (packing.kind() == WeightPacking.Kind.NONE) {
      return;
    }
    for (int layer = 0; layer < config.layers(); layer++) {
      for (LayerTensors.Entry entry : LayerTensors.of(config, layer)) {
        if (entry.isLinear()) {
          String name = WeightNames.ofLayer(layer, entry.part());
          PackedWeight weight = read(name, entry.shape());
          if (weight != null) {
            read.put(name, weight);
          }
        }
      }
    }
  }

  private @Nullable PackedWeight read(String name, long[] shape) {
    PackedWeight stored = source.packed(name);
    if (stored instanceof GgufWeight && !packing.rounds() && Backends.hasFusedKernels()) {
      stored.close(); // a card has no kernel for these blocks: plain numbers are read
      return null;
    }
    if (!packing.rounds()) {
      return stored;
    }
    if (stored != null) {
      return asStored(name, stored);
    }
    CodeBook book = packing.kind().book();
    return book == null
        ? EightBitWeight.quantize(
            shape[0], shape[1], (offset, count) -> floats(name, offset, count))
        : FourBitWeight.quantize(
            book,
            packing.nested(),
            shape[0] * shape[1],
            (offset, count) -> floats(name, offset, count));
  }

  /** What is packed already is not rounded again; it must be what was asked for. */
  private PackedWeight asStored(String name, PackedWeight stored) {
    boolean four = stored instanceof FourBitWeight && packing.kind().book() != null;
    boolean eight = stored instanceof EightBitWeight && packing.kind() == WeightPacking.Kind.INT8;
    if (four || eight) {
      return stored;
    }
    stored.close();
    throw new WeightsException(
        "%s: the matrix %s is packed already, as %s: remove load_in_4bit and load_in_8bit, and it stays as it is under an adapter"
            .formatted(source, name, stored.form()));
  }

  private float[] floats(String name, long offset, int count) {
    float[] values = source.floats(name, offset, count);
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw WeightFiles.nonFinite(source, name, values);
      }
    }
    return values;
  }
}
