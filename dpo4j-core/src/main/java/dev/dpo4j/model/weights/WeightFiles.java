/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.weights;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.ModelWeights;
import dev.dpo4j.model.family.WeightsException;
import dev.dpo4j.nn.Parameter;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.nn.shard.DividedStore;
import dev.dpo4j.nn.shard.Division;
import dev.dpo4j.nn.shard.Handover;
import dev.dpo4j.safetensors.SafetensorsWriter;
import dev.dpo4j.safetensors.ShardedSafetensorsWriter;
import dev.dpo4j.safetensors.TensorInfo;
import dev.dpo4j.safetensors.TensorSource;
import dev.dpo4j.safetensors.TensorSpec;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.tensor.TensorBytes;
import dev.dpo4j.tensor.TorchGenerator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** Moves weights between the flat storage of a model and safetensors, in pieces. */
public final class WeightFiles {
  /** Elements converted at once: small enough to stay in cache-sized buffers. */
  private static final int PIECE = 4 << 20;

  private WeightFiles() {}

  /** Reads the weights of a folder, converted to {@code dtype}. */
  public static ParameterStore load(Path folder, ModelConfig config, DType dtype) {
    return load(folder, config, BaseForm.plain(dtype));
  }

  /** Reads the weights of a folder into a form. */
  public static ParameterStore load(Path folder, ModelConfig config, BaseForm form) {
    return load(folder, config, config, form);
  }

  /**
   * Reads the weights of a folder into a form, where embedding and head may have another number of
   * rows in memory; what is new begins as {@link NewRows} says.
   *
   * @param stored the configuration of the folder
   * @param wanted that of the model in memory
   */
  public static ParameterStore load(
      Path folder, ModelConfig stored, ModelConfig wanted, BaseForm form) {
    try (ModelWeights source = ModelWeights.open(folder, stored)) {
      ParameterStore store = PackedFiles.load(source, stored, wanted, form);
      try {
        fill(store, source);
        NewRows.begin(store, stored.vocabSize(), wanted);
        return store;
      } catch (RuntimeException e) {
        store.close();
        throw e;
      }
    }
  }

  /**
   * Reads the layers of a language model for a reward model, whose head begins as transformers
   * begins it: normal with the standard deviation {@code initializer_range}, the numbers of torch's
   * generator.
   *
   * @param stored the configuration of the folder
   * @param wanted that of the reward model
   * @param seed starts the generator
   */
  public static ParameterStore loadWithNewScore(
      Path folder, ModelConfig stored, ModelConfig wanted, BaseForm form, long seed) {
    try (ModelWeights source = ModelWeights.open(folder, stored)) {
      ParameterStore store = PackedFiles.load(source, stored, wanted, form);
      try (Scope scope = Scope.open()) {
        String score = wanted.head().weight();
        store.parameters().stream()
            .filter(parameter -> !parameter.name().equals(score))
            .forEach(parameter -> fill(store, parameter, source));
        NewRows.begin(store, stored.vocabSize(), wanted);
        float[] drawn =
            new TorchGenerator(seed).normals(wanted.hiddenSize(), wanted.initializerRange());
        store.value(score).copy_(Tensor.ofFloats(drawn, 1, drawn.length));
        return store;
      } catch (RuntimeException e) {
        store.close();
        throw e;
      }
    }
  }

  /** Reads the weights of a folder into a store of the same model. */
  public static void restore(ParameterStore store, Path folder, ModelConfig config) {
    try (ModelWeights source = ModelWeights.open(folder, config)) {
      fill(store, source);
    }
  }

  /**
   * Reads what this process holds of divided weights from a folder.
   *
   * @param config the configuration of the whole model
   */
  public static void restore(DividedStore divided, Path folder, ModelConfig config) {
    try (ModelWeights source = ModelWeights.open(folder, config)) {
      fill(divided.small(), source);
      for (Parameter parameter : divided.layout().parameters()) {
        long at = 0;
        for (Division.Piece piece :
            divided.division().pieces(parameter.offset(), parameter.count())) {
          if (piece.rank() == divided.ranks().rank()) {
            read(divided.own(), piece, source, parameter.name(), at);
          }
          at += piece.count();
        }
      }
    }
  }

  private static void read(
      ParameterStore own, Division.Piece piece, TensorSource source, String name, long from) {
    TensorInfo info = info(source, name);
    int size = info.dtype().byteSize();
    for (long done = 0; done < piece.count(); done += PIECE) {
      int count = (int) Math.min(PIECE, piece.count() - done);
      try (Scope scope = Scope.open()) {
        ByteBuffer bytes = source.bytes(name, (from + done) * size, count * size);
        own.values()
            .narrow(0, piece.from() + done, count)
            .copy_(Tensor.fromBytes(bytes, info.dtype(), count));
      }
    }
  }

  private static TensorInfo info(TensorSource source, String name) {
    TensorInfo info = source.tensors().get(name);
    if (info == null) {
      throw new IllegalArgumentException("no tensor is named " + name);
    }
    return info;
  }

  /** Prepares to bring divided weights to rank 0, in the order in which they are written. */
  public static Handover handover(DividedStore divided) {
    List<Handover.Item> items = new ArrayList<>();
    for (Parameter parameter : divided.layout().parameters()) {
      divided
          .division()
          .pieces(parameter.offset(), parameter.count())
          .forEach(
              piece -> items.add(new Handover.Item(divided.own().values(), DType.FLOAT32, piece)));
    }
    return new Handover(divided.ranks(), items);
  }

  /**
   * Writes divided weights in float32 in rank 0 while the others give theirs.
   *
   * @param layout names, shapes and places of the weights
   */
  public static void save(ParameterStore layout, Handover handover, Path folder, long maxShardSize)
      throws IOException {
    try (ShardedSafetensorsWriter writer =
        new ShardedSafetensorsWriter(folder, specs(layout, DType.FLOAT32), maxShardSize)) {
      try {
        for (Parameter parameter : layout.parameters()) {
          writer.write(parameter.name(), () -> handover.take(parameter.count()));
        }
      } catch (IOException | RuntimeException e) {
        writer.abort();
        throw e;
      }
    }
  }

  /**
   * Reads all parameters of a store, converted to its type.
   *
   * @throws WeightsException if one holds a number that is infinite or not a number: it would spoil
   *     every step, or the result alone where no row of the data uses it
   */
  public static void fill(ParameterStore store, TensorSource source) {
    store.parameters().forEach(parameter -> fill(store, parameter, source));
  }

  private static void fill(ParameterStore store, Parameter parameter, TensorSource source) {
    inPieces(
        store,
        parameter,
        source,
        piece -> {
          if (!Double.isFinite(piece.norm())) {
            // The norm of very large numbers is infinite, too; they are let pass.
            refuseNonFinite(store, parameter, source);
          }
        });
  }

  /** Reads a parameter, of which no more than a piece is held twice, and shows each piece. */
  private static void inPieces(
      ParameterStore store, Parameter parameter, TensorSource source, Consumer<Tensor> look) {
    TensorInfo info = info(source, parameter.name());
    int size = info.dtype().byteSize();
    long total = Math.min(parameter.count(), NewRows.count(info.shape()));
    for (long done = 0; done < total; done += PIECE) {
      int count = (int) Math.min(PIECE, total - done);
      try (Scope scope = Scope.open()) {
        ByteBuffer bytes = source.bytes(parameter.name(), done * size, count * size);
        Tensor piece = store.values().narrow(0, parameter.offset() + done, count);
        piece.copy_(Tensor.fromBytes(bytes, info.dtype(), count));
        look.accept(piece);
      }
    }
  }

  private static void refuseNonFinite(
      ParameterStore store, Parameter parameter, TensorSource source) {
    long[] infiniteAndNone = {0, 0};
    inPieces(
        store,
        parameter,
        source,
        piece -> {
          for (float value : piece.to(DType.FLOAT32).toFloats()) {
            infiniteAndNone[0] += Float.isInfinite(value) ? 1 : 0;
            infiniteAndNone[1] += Float.isNaN(value) ? 1 : 0;
          }
        });
    long infinite = infiniteAndNone[0];
    long none = infiniteAndNone[1];
    if (infinite + none > 0) {
      throw new WeightsException(
          "%s: the tensor %s holds %d numbers that are infinite and %d that are none (NaN), of %d. The file is damaged, or was saved by a training that had diverged; take weights from before that."
              .formatted(source, parameter.name(), infinite, none, parameter.count()));
    }
  }

  /**
   * Refuses weights of which some are no finite numbers.
   *
   * @throws WeightsException with the name of the tensor and their number
   */
  public static void requireFinite(TensorSource source, String name, float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw nonFinite(source, name, values);
      }
    }
  }

  /** The refusal of weights of which some are no finite numbers. */
  static WeightsException nonFinite(TensorSource source, String name, float[] values) {
    int none = 0;
    int infinite = 0;
    for (float value : values) {
      infinite += Float.isInfinite(value) ? 1 : 0;
      none += Float.isNaN(value) ? 1 : 0;
    }
    return new WeightsException(
        "%s: the tensor %s holds numbers that are infinite (%d) or none (%d, NaN). The file is damaged, or was saved by a training that had diverged; take weights from before that."
            .formatted(source, name, infinite, none));
  }

  /** Writes every parameter in {@code dtype}, as one file or as shards with an index. */
  public static void save(ParameterStore store, Path folder, DType dtype, long maxShardSize)
      throws IOException {
    try (ShardedSafetensorsWriter writer =
        new ShardedSafetensorsWriter(folder, specs(store, dtype), maxShardSize)) {
      try {
        writeAll(writer::write, store, dtype);
      } catch (IOException | RuntimeException e) {
        writer.abort(); // so that closing removes what was begun
        throw e;
      }
    }
  }

  /**
   * Writes every parameter in float32 as one file.
   *
   * @param names the name in the file of each parameter
   */
  public static void saveOne(ParameterStore store, Path file, UnaryOperator<String> names)
      throws IOException {
    List<TensorSpec> specs =
        store.parameters().stream()
            .map(p -> new TensorSpec(names.apply(p.name()), DType.FLOAT32, p.shape()))
            .toList();
    SafetensorsWriter writer =
        new SafetensorsWriter(file, specs, SafetensorsWriter.PYTORCH_METADATA);
    try (writer) {
      writeAll((name, pieces) -> writer.write(names.apply(name), pieces), store, DType.FLOAT32);
    } catch (IOException | RuntimeException e) {
      writer.abort();
      throw e;
    }
  }

  private static List<TensorSpec> specs(ParameterStore store, DType dtype) {
    return store.parameters().stream()
        .map(parameter -> new TensorSpec(parameter.name(), dtype, parameter.shape()))
        .toList();
  }

  /** Where the bytes of a tensor go. */
  private interface Sink {
    void write(String name, Iterable<ByteBuffer> pieces) throws IOException;
  }

  private static void writeAll(Sink sink, ParameterStore store, DType dtype) throws IOException {
    TensorBytes bytes = new TensorBytes();
    for (Parameter parameter : store.parameters()) {
      sink.write(
          parameter.name(),
          () -> bytes.pieces(store.values(), parameter.offset(), parameter.count(), dtype));
    }
  }
}
