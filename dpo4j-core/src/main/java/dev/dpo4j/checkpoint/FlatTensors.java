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
import java.util.List;

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

    private long count() {
      return spec.byteSize() / array.dtype().byteSize();
    }
  }

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
    SafetensorsWriter writer =
        new SafetensorsWriter(
            file, parts.stream().map(Part::spec).toList(), SafetensorsWriter.PYTORCH_METADATA);
    TensorBytes bytes = new TensorBytes();
    try (writer) {
      for (Part part : parts) {
        writer.write(
            part.name(),
            () -> bytes.pieces(part.array(), part.offset(), part.count(), part.array().dtype()));
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
    try (SafetensorsFile source = SafetensorsFile.open(file)) {
      for (Part part : parts) {
        TensorInfo info = source.tensors().get(part.name());
        TensorSpec expected = part.spec();
        if (info == null
            || info.dtype() != part.array().dtype()
            || !expected.hasShape(info.shape())) {
          throw new CheckpointException(
              "%s: found %s, expected %s. It is a checkpoint of another model or optimizer."
                  .formatted(file, info == null ? "no such tensor" : info.spec(), expected));
        }
        fill(part, source);
      }
    }
  }

  private static void fill(Part part, SafetensorsFile source) {
    int size = part.array().dtype().byteSize();
    long step = PIECE / size;
    for (long done = 0; done < part.count(); done += step) {
      int count = (int) Math.min(step, part.count() - done);
      try (Scope scope = Scope.open()) {
        ByteBuffer bytes = source.bytes(part.name(), done * size, count * size);
        part.array()
            .view(-1)
            .narrow(0, part.offset() + done, count)
            .copy_(Tensor.fromBytes(bytes, part.array().dtype(), count));
      }
    }
  }
}
