/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.export;

import dev.dpo4j.gguf.GgufArchitecture;
import dev.dpo4j.gguf.GgufNames;
import dev.dpo4j.gguf.GgufQuantisation;
import dev.dpo4j.gguf.GgufType;
import dev.dpo4j.gguf.Quantizer;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.ModelConfigException;
import dev.dpo4j.model.family.WeightNames;
import dev.dpo4j.model.style.Experts;
import dev.dpo4j.model.weights.WeightFiles;
import dev.dpo4j.safetensors.TensorInfo;
import dev.dpo4j.safetensors.TensorSource;
import dev.dpo4j.safetensors.TensorSpec;
import dev.dpo4j.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** The tensors of a model as a GGUF file holds them, and how they are made of the model's. */
final class GgufTensors {
  /** Values that are converted at once. */
  private static final int PIECE = 4 << 20;

  private final GgufKeys keys;
  private final ModelConfig config;
  private final GgufQuantisation quantisation;
  private final GgufQuantisation.Shape shape;

  GgufTensors(GgufKeys keys, ModelConfig config, GgufQuantisation quantisation) {
    this.keys = keys;
    this.config = config;
    this.quantisation = quantisation;
    Experts experts = config.style().experts();
    this.shape =
        new GgufQuantisation.Shape(
            keys.family(),
            config.layers(),
            experts == null ? 0 : experts.count(),
            config.kvHeads() < config.heads(),
            config.tieWordEmbeddings() && !writesHead());
  }

  /**
   * A tensor of the file.
   *
   * @param name its name there
   * @param sources what it is made of, one behind the other
   * @param shape outermost dimension first
   * @param headRows rows of one head whose halves are to be interleaved; 0 for none
   * @param offset what is added to each value
   * @param factor what each value is multiplied by after that
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Part(
      String name,
      List<String> sources,
      long[] shape,
      GgufType type,
      int headRows,
      float offset,
      float factor) {}

  /** llama.cpp knows no tied head in OLMo. */
  private boolean writesHead() {
    return keys.family() == GgufArchitecture.OLMO2;
  }

  /** All tensors, in the order of the forward pass. */
  List<Part> parts() {
    List<Part> parts = new ArrayList<>();
    for (TensorSpec spec : WeightNames.of(config, DType.FLOAT32)) {
      String name = spec.name();
      if (name.matches(".*\\.mlp\\.experts\\.[1-9]\\d*\\..*")) {
        continue; // it goes where the first expert goes
      }
      String gguf =
          GgufNames.toGguf(keys.family(), name)
              .orElseThrow(
                  () ->
                      new ModelConfigException(
                          "export to GGUF as " + keys.family().id(),
                          List.of("llama.cpp has no tensor for " + name)));
      parts.add(part(gguf, spec));
    }
    if (config.tieWordEmbeddings() && writesHead()) {
      Part embedding = parts.get(0);
      long[] rows = embedding.shape();
      GgufType type = quantisation.type("output.weight", rows, shape);
      parts.add(new Part("output.weight", embedding.sources(), rows, type, 0, 0, 1));
    }
    return parts;
  }

  private Part part(String gguf, TensorSpec spec) {
    String name = spec.name();
    Experts experts = config.style().experts();
    if (experts != null && name.contains(".mlp.experts.0.")) {
      List<String> sources =
          IntStream.range(0, experts.count())
              .mapToObj(expert -> name.replace(".experts.0.", ".experts." + expert + "."))
              .toList();
      long[] stacked = {experts.count(), spec.shape()[0], spec.shape()[1]};
      return new Part(gguf, sources, stacked, quantisation.type(gguf, stacked, shape), 0, 0, 1);
    }
    int headRows = headRows(keys.family(), config, name);
    boolean shifted = keys.family().hasShiftedNorms() && name.endsWith("norm.weight");
    double factor = name.endsWith(".q_norm.weight") ? keys.queryScale() : 1;
    GgufType type = quantisation.type(gguf, spec.shape(), shape);
    return new Part(
        gguf, List.of(name), spec.shape(), type, headRows, shifted ? 1 : 0, (float) factor);
  }

  /** Rows of one head where the file interleaves the halves of each; 0 where it does not. */
  static int headRows(GgufArchitecture family, ModelConfig config, String name) {
    boolean rotated = name.contains(".q_proj.") || name.contains(".k_proj.");
    return rotated && family.hasInterleavedRows() ? config.headDim() : 0;
  }

  /** The bytes of a tensor as the file holds them, in pieces. */
  static Iterator<ByteBuffer> pieces(Part part, TensorSource source) {
    return part.sources().stream()
        .flatMap(name -> pieces(part, source, source.info(name)))
        .iterator();
  }

  private static Stream<ByteBuffer> pieces(Part part, TensorSource source, TensorInfo info) {
    long[] dimensions = info.shape();
    int columns = Math.toIntExact(dimensions[dimensions.length - 1]);
    int width = dimensions.length == 1 ? 1 : columns; // a bias has a row for each element
    long rows = info.elementCount() / width;
    int unit = part.headRows() > 0 ? part.headRows() : 1;
    long step = Math.max(1L, PIECE / width / unit) * unit;
    return LongStream.iterate(0, row -> row < rows, row -> row + step)
        .mapToObj(
            row -> {
              int count = (int) Math.min(step, rows - row);
              float[] values = source.floats(info.name(), row * width, count * width);
              WeightFiles.requireFinite(source, info.name(), values);
              values = part.headRows() > 0 ? interleave(values, part.headRows(), width) : values;
              for (int i = 0;
                  (part.offset() != 0 || part.factor() != 1) && i < values.length;
                  i++) {
                values[i] = (values[i] + part.offset()) * part.factor();
              }
              return encode(part.type(), values, columns);
            });
  }

  /** Rows {@code i} of both halves of each head come to lie side by side. */
  static float[] interleave(float[] values, int headRows, int width) {
    float[] result = new float[values.length];
    for (int row = 0; row < values.length / width; row++) {
      int to = GgufArchitecture.interleaved(row, headRows);
      System.arraycopy(values, row * width, result, to * width, width);
    }
    return result;
  }

  /** Rounds row by row, on all processors. */
  private static ByteBuffer encode(GgufType type, float[] values, int columns) {
    int row = Math.min(columns, values.length);
    int rowBytes = row / type.blockSize() * type.blockBytes();
    int rows = values.length / row;
    byte[] bytes = new byte[rows * rowBytes];
    IntStream.range(0, rows)
        .parallel()
        .forEach(
            i -> {
              ByteBuffer out =
                  ByteBuffer.wrap(bytes, i * rowBytes, rowBytes).order(ByteOrder.LITTLE_ENDIAN);
              Quantizer.encode(type, values, i * row, row, out);
            });
    return ByteBuffer.wrap(bytes);
  }
}
