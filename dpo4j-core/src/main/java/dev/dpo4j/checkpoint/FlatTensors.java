/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.checkpoint;

import dev.dpo4j.nn.Parameter;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.safetensors.SafetensorsFile;
import dev.dpo4j.safetensors.SafetensorsWriter;
import dev.dpo4j.safetensors.TensorInfo;
import dev.dpo4j.safetensors.TensorSpec;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.tensor.TensorBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Large arrays, such as an optimizer's moments, as tensors of a safetensors file. */
public final class FlatTensors {
  private static final int PIECE = 4 << 20;

  private FlatTensors() {}

  /**
   * A stretch of a flat array that is one tensor of the file.
   *
   * @param name its name there
   * @param array what it is a part of, contiguous
   * @param offset where it begins, in elements
   * @param spec its name, type and shape
   */
  public record Part(String name, Tensor array, long offset, TensorSpec spec) {
    private static Part of(String name, Tensor array, long offset, long... shape) {
      return new Part(name, array, offset, new TensorSpec(name, array.dtype(), shape));
    }

    /** An array as it lies. */
    public static Part whole(String name, Tensor array) {
      return of(name, array, 0, array.count());
    }

    /** The number of its elements. */
    public long count() {
      return spec.byteSize() / array.dtype().byteSize();
    }
  }

  /**
   * Elements of a tensor of a file, and where they belong.
   *
   * @param spec the name, type and shape of the whole tensor
   * @param from the first element of the tensor
   * @param array where they belong, contiguous
   * @param offset where they begin there, in elements
   * @param count the number of elements
   */
  public record Stretch(TensorSpec spec, long from, Tensor array, long offset, long count) {}

  /** Cuts an array that lies as the parameters do; a part is named {@code prefix + parameter}. */
  public static List<Part> cut(String prefix, Tensor array, ParameterStore layout) {
    return layout.parameters().stream()
        .map((Parameter p) -> Part.of(prefix + p.name(), array, p.offset(), p.shape()))
        .toList();
  }

  /**
   * Writes arrays.
   *
   * @throws IOException when the disk is full or fails; then there is no file
   */
  public static void write(Path file, List<Part> parts) throws IOException {
    TensorBytes bytes = new TensorBytes();
    Map<String, Part> byName =
        parts.stream().collect(Collectors.toMap(Part::name, Function.identity()));
    write(
        file,
        parts.stream().map(Part::spec).toList(),
        spec -> {
          Part part = Objects.requireNonNull(byName.get(spec.name()));
          return bytes.pieces(part.array(), part.offset(), part.count(), part.array().dtype());
        });
  }

  /**
   * Writes tensors whose numbers come from elsewhere.
   *
   * @param bytes the numbers of each tensor, which is asked for in this order; a piece is written
   *     before the next is taken
   * @throws IOException when the disk is full or fails; then there is no file
   */
  public static void write(
      Path file, List<TensorSpec> tensors, Function<TensorSpec, Iterator<ByteBuffer>> bytes)
      throws IOException {
    SafetensorsWriter writer =
        new SafetensorsWriter(file, tensors, SafetensorsWriter.PYTORCH_METADATA);
    try (writer) {
      for (TensorSpec tensor : tensors) {
        writer.write(tensor.name(), () -> bytes.apply(tensor));
      }
    } catch (IOException | RuntimeException e) {
      writer.abort();
      throw e;
    }
  }

  /**
   * Reads arrays that {@link #write} wrote back into their places.
   *
   * @throws CheckpointException when a part is missing or has another type or shape
   * @throws dev.dpo4j.io.ModelFileException when the file is damaged
   */
  public static void read(Path file, List<Part> parts) {
    readStretches(
        file,
        parts.stream()
            .map(part -> new Stretch(part.spec(), 0, part.array(), part.offset(), part.count()))
            .toList());
  }

  /**
   * The same for parts of the tensors.
   *
   * @throws CheckpointException when a tensor is missing or has another type or shape
   * @throws dev.dpo4j.io.ModelFileException when the file is damaged
   */
  public static void readStretches(Path file, List<Stretch> stretches) {
    try (SafetensorsFile source = SafetensorsFile.open(file)) {
      for (Stretch stretch : stretches) {
        TensorSpec expected = stretch.spec();
        TensorInfo info = source.tensors().get(expected.name());
        if (info == null || info.dtype() != expected.dtype() || !expected.hasShape(info.shape())) {
          throw new CheckpointException(
              "%s: found %s, expected %s. It is a checkpoint of another model or optimizer."
                  .formatted(file, info == null ? "no such tensor" : info.spec(), expected));
        }
        fill(stretch, source);
      }
    }
  }

  private static void fill(Stretch stretch, SafetensorsFile source) {
    int size = stretch.array().dtype().byteSize();
    long step = PIECE / size;
    for (long done = 0; done < stretch.count(); done += step) {
      int count = (int) Math.min(step, stretch.count() - done);
      try (Scope scope = Scope.open()) {
        ByteBuffer bytes =
            source.bytes(stretch.spec().name(), (stretch.from() + done) * size, count * size);
        stretch
            .array()
            .view(-1)
            .narrow(0, stretch.offset() + done, count)
            .copy_(Tensor.fromBytes(bytes, stretch.array().dtype(), count));
      }
    }
  }
}
