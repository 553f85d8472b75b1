/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.checkpoint;

import dev.dpo4j.nn.Parameter;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.safetensors.SafetensorsFile;
import dev.dpo4j.safetensors.SafetensorsWriter;
import dev.dpo4j.safetensors.TensorInfo;
import dev.dpo4j.safetensors.TensorSpec;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Arrays that lie as the trained parameters do, such as an optimizer's moments, as tensors of a
 * safetensors file with one name for each parameter.
 */
public final class FlatTensors {
  private static final int PIECE = 4 << 20;

  private FlatTensors() {}

  /**
   * Writes arrays.
   *
   * @param layout names and shapes of the parts of every array
   * @param arrays float32 arrays by the prefix of the names of their parts
   * @throws IOException when the disk is full or fails; then there is no file
   */
  public static void write(Path file, ParameterStore layout, Map<String, Tensor> arrays)
      throws IOException {
    List<TensorSpec> specs = new ArrayList<>();
    for (String prefix : arrays.keySet()) {
      for (Parameter parameter : layout.parameters()) {
        specs.add(new TensorSpec(prefix + parameter.name(), DType.FLOAT32, parameter.shape()));
      }
    }
    SafetensorsWriter writer = new SafetensorsWriter(file, specs, Map.of("format", "pt"));
    try (writer) {
      for (Map.Entry<String, Tensor> array : arrays.entrySet()) {
        for (Parameter parameter : layout.parameters()) {
          writer.write(array.getKey() + parameter.name(), pieces(array.getValue(), parameter));
        }
      }
    } catch (IOException | RuntimeException e) {
      writer.abort();
      throw e;
    }
  }

  private static ByteBuffer[] pieces(Tensor array, Parameter parameter) {
    ByteBuffer[] pieces = new ByteBuffer[(int) ((parameter.count() + PIECE - 1) / PIECE)];
    for (int i = 0; i < pieces.length; i++) {
      long done = (long) i * PIECE;
      int count = (int) Math.min(PIECE, parameter.count() - done);
      pieces[i] = ByteBuffer.allocateDirect(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      try (Scope scope = Scope.open()) {
        array.narrow(0, parameter.offset() + done, count).getBytes(0, pieces[i]);
      }
      pieces[i].flip();
    }
    return pieces;
  }

  /**
   * Reads arrays that {@link #write} wrote back into their places.
   *
   * @throws CheckpointException when a part is missing or has another shape
   * @throws dev.dpo4j.safetensors.ModelFileException when the file is damaged
   */
  public static void read(Path file, ParameterStore layout, Map<String, Tensor> arrays) {
    try (SafetensorsFile source = SafetensorsFile.open(file)) {
      for (Map.Entry<String, Tensor> array : arrays.entrySet()) {
        for (Parameter parameter : layout.parameters()) {
          String name = array.getKey() + parameter.name();
          TensorInfo info = source.tensors().get(name);
          TensorSpec expected = new TensorSpec(name, DType.FLOAT32, parameter.shape());
          if (info == null || info.dtype() != DType.FLOAT32 || !expected.hasShape(info.shape())) {
            throw new CheckpointException(
                "%s: found %s, expected %s. It is a checkpoint of another model."
                    .formatted(file, info == null ? "no such tensor" : info.spec(), expected));
          }
          fill(array.getValue(), parameter, source, name);
        }
      }
    }
  }

  private static void fill(Tensor array, Parameter parameter, SafetensorsFile source, String name) {
    for (long done = 0; done < parameter.count(); done += PIECE) {
      int count = (int) Math.min(PIECE, parameter.count() - done);
      try (Scope scope = Scope.open()) {
        ByteBuffer bytes = source.bytes(name, done * Float.BYTES, count * Float.BYTES);
        array
            .narrow(0, parameter.offset() + done, count)
            .copy_(Tensor.fromBytes(bytes, DType.FLOAT32, count));
      }
    }
  }
}
