/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.family;

import dev.dpo4j.gguf.GgufFile;
import dev.dpo4j.quant.PackedSource;
import dev.dpo4j.quant.PackedWeight;
import dev.dpo4j.safetensors.ShardedSafetensors;
import dev.dpo4j.safetensors.TensorInfo;
import dev.dpo4j.safetensors.TensorSource;
import dev.dpo4j.safetensors.TensorSpec;
import dev.dpo4j.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The weights of a model, checked against its configuration: exactly the tensors of {@link
 * WeightNames#of}, in that order, each of the right shape, in the element types of the file.
 *
 * <p>Where the head is tied, a file may hold the embedding, the head, or both if they are equal;
 * they are then seen as the embedding alone.
 */
public final class ModelWeights implements TensorSource, PackedSource {
  private static final int COMPARED_AT_ONCE = 1 << 24;

  private final TensorSource source;
  private final Map<String, TensorInfo> tensors;
  private final String embedding;

  private ModelWeights(TensorSource source, Map<String, TensorInfo> tensors, String embedding) {
    this.source = source;
    this.tensors = Collections.unmodifiableMap(tensors);
    this.embedding = embedding;
  }

  /**
   * Opens the safetensors of a model folder, or a GGUF file.
   *
   * @throws WeightsException with all missing, unexpected and wrongly shaped tensors
   * @throws dev.dpo4j.safetensors.SafetensorsException when the files themselves are broken
   */
  public static ModelWeights open(Path folder, ModelConfig config) {
    if (GgufFile.isGguf(folder)) {
      return GgufModel.open(folder, DType.FLOAT32).weights();
    }
    ModelWeights weights = of(ShardedSafetensors.open(folder), config);
    if (!(weights.source instanceof PackedSource) && StoredQuantisation.isSaid(folder)) {
      weights.close();
      throw StoredQuantisation.plain(folder);
    }
    return weights;
  }

  /**
   * Checks tensors that are already open; they are closed with the result, or at once when they do
   * not fit.
   *
   * @throws WeightsException with all missing, unexpected and wrongly shaped tensors
   */
  public static ModelWeights of(TensorSource source, ModelConfig config) {
    try {
      return check(BnbWeights.of(config.textPart() ? TextPart.of(source) : source), config);
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
  }

  private static ModelWeights check(TensorSource source, ModelConfig config) {
    Map<String, TensorInfo> found = new LinkedHashMap<>(source.tensors());
    boolean headOnly =
        config.tieWordEmbeddings()
            && !found.containsKey(WeightNames.EMBEDDING)
            && found.containsKey(WeightNames.HEAD);
    String embedding = headOnly ? WeightNames.HEAD : WeightNames.EMBEDDING;
    Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    List<String> faults = new ArrayList<>();
    for (TensorSpec spec : WeightNames.of(config, DType.FLOAT32)) {
      String name = spec.name().equals(WeightNames.EMBEDDING) ? embedding : spec.name();
      TensorInfo info = found.remove(name);
      if (info == null) {
        faults.add("missing: " + name + " " + Arrays.toString(spec.shape()));
      } else if (!spec.hasShape(info.shape())) {
        faults.add(
            "wrong shape: "
                + name
                + " "
                + Arrays.toString(info.shape())
                + ", expected "
                + Arrays.toString(spec.shape()));
      } else if (!info.dtype().isFloatingPoint()) {
        faults.add("wrong type: " + name + " " + info.dtype().safetensorsName());
      } else {
        TensorSpec seen = spec.withDtype(info.dtype());
        tensors.put(spec.name(), new TensorInfo(seen, info.begin(), info.end()));
      }
    }
    if (config.tieWordEmbeddings()) {
      checkTiedHead(source, found.remove(WeightNames.HEAD), faults);
    }
    for (TensorInfo info : found.values()) {
      if (!WeightNames.isIgnorable(info.name())) {
        faults.add("unexpected: " + info.name() + " " + Arrays.toString(info.shape()));
      }
    }
    if (!faults.isEmpty()) {
      throw new WeightsException(message(source, config, faults));
    }
    return new ModelWeights(source, tensors, embedding);
  }

  private static void checkTiedHead(
      TensorSource source, @Nullable TensorInfo head, List<String> faults) {
    TensorInfo embedding = source.tensors().get(WeightNames.EMBEDDING);
    if (head == null || embedding == null || sameValues(source, head, embedding)) {
      return;
    }
    faults.add(
        "unexpected: "
            + WeightNames.HEAD
            + " differs from the embedding, but tie_word_embeddings is true (set it to false if"
            + " the head was trained by itself)");
  }

  private static boolean sameValues(TensorSource source, TensorInfo a, TensorInfo b) {
    if (a.dtype() != b.dtype() || !Arrays.equals(a.shape(), b.shape())) {
      return false;
    }
    for (long at = 0; at < a.byteSize(); at += COMPARED_AT_ONCE) {
      int length = (int) Math.min(COMPARED_AT_ONCE, a.byteSize() - at);
      if (!source.bytes(a.name(), at, length).equals(source.bytes(b.name(), at, length))) {
        return false;
      }
    }
    return true;
  }

  private static String message(TensorSource source, ModelConfig config, List<String> faults) {
    return source
        + ": "
        + faults.size()
        + (faults.size() == 1 ? " tensor does" : " tensors do")
        + " not fit the "
        + config.architecture().className()
        + " of config.json:\n  "
        + String.join("\n  ", faults)
        + "\nWeights and config.json are not of one model, or the weights were not saved whole.";
  }

  @Override
  public Map<String, TensorInfo> tensors() {
    return tensors;
  }

  @Override
  public @Nullable PackedWeight packed(String name) {
    return source instanceof PackedSource packing ? packing.packed(name) : null;
  }

  @Override
  public ByteBuffer bytes(String name, long offset, int length) {
    info(name);
    return source.bytes(name.equals(WeightNames.EMBEDDING) ? embedding : name, offset, length);
  }

  @Override
  public void close() {
    source.close();
  }

  @Override
  public String toString() {
    return source.toString();
  }
}
