/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.tensor.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SafetensorsWriterTest {
  private static final TensorSpec A = new TensorSpec("a", DType.FLOAT32, 2, 2);
  private static final TensorSpec B = new TensorSpec("b", DType.UINT8, 3);
  private static final TensorSpec C = new TensorSpec("c", DType.INT64, 1);
  private static final TensorSpec NONE = new TensorSpec("none", DType.FLOAT32, 0, 4);

  private final Path folder;

  SafetensorsWriterTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void whatWasWrittenIsReadBackInWhateverOrderItCame() throws IOException {
    Path path = folder.resolve("f.safetensors");
    Map<String, String> metadata = Map.of("format", "pt", "note", "\u4f60\u597d \"quoted\"");
    try (var writer = new SafetensorsWriter(path, List.of(B, A, NONE, C), metadata)) {
      writer.write("c", ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}));
      writer.write("b", ByteBuffer.wrap(new byte[] {9, 8}), ByteBuffer.wrap(new byte[] {7}));
      writer.write("none");
      writer.write("a", Bytes.floats(1, -2, 3.5f, Float.NaN));
      assertThat(path).doesNotExist();
    }
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThat(file.metadata()).isEqualTo(metadata);
      assertThat(file.tensors().values().stream().map(TensorInfo::spec))
          .containsExactly(C, A, NONE, B);
      assertThat(Bytes.toArray(file.bytes("a")))
          .isEqualTo(Bytes.floats(1, -2, 3.5f, Float.NaN).array());
      assertThat(Bytes.toArray(file.bytes("b"))).containsExactly(9, 8, 7);
      assertThat(file.bytes("c").getLong()).isEqualTo(0x0807060504030201L);
    }
    assertThat(names()).containsExactly("f.safetensors");
  }

  @Test
  void theDataBeginsAtAMultipleOfEight() throws IOException {
    for (String name : List.of("x", "xx", "xxx", "xxxx", "xxxxx", "xxxxxx", "xxxxxxx", "\u00e9")) {
      Path path = folder.resolve("pad.safetensors");
      try (var writer =
          new SafetensorsWriter(path, List.of(new TensorSpec(name, DType.INT8)), Map.of())) {
        writer.write(name, ByteBuffer.allocate(1));
      }
      assertThat(Files.size(path) % 8).isEqualTo(1);
      SafetensorsFile.open(path).close();
    }
  }

  @Test
  void wrongTensorsAreRefusedAndNothingIsPublishedBeforeAllAreThere() throws IOException {
    Path path = folder.resolve("f.safetensors");
    assertThatThrownBy(
            () -> {
              try (var writer = new SafetensorsWriter(path, List.of(A, B), Map.of())) {
                writer.write("b", ByteBuffer.allocate(3));
                assertThatThrownBy(() -> writer.write("b", ByteBuffer.allocate(3)))
                    .isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(() -> writer.write("z", ByteBuffer.allocate(3)))
                    .isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(() -> writer.write("a", ByteBuffer.allocate(3)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("has 16 bytes, got 3");
              }
            })
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("before these tensors were written: a");
    assertThat(names()).isEmpty();
    assertThatThrownBy(() -> new SafetensorsWriter(path, List.of(A, A), Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"a\"");
    assertThat(names()).isEmpty();
  }

  @Test
  void piecesMayBeTheSameBufferAndTooManyBytesNeverReachTheNextTensor() throws IOException {
    Path path = folder.resolve("p.safetensors");
    ByteBuffer buffer = ByteBuffer.allocate(4);
    try (var writer = new SafetensorsWriter(path, List.of(A, B), Map.of())) {
      writer.write("b", ByteBuffer.wrap(new byte[] {7, 8, 9}));
      Iterable<ByteBuffer> five =
          () -> IntStream.range(0, 5).mapToObj(i -> buffer.clear().putInt(i).flip()).iterator();
      assertThatThrownBy(() -> writer.write("a", five))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("has 16 bytes, got 20");
      writer.write(
          "a",
          () -> IntStream.range(0, 4).mapToObj(i -> buffer.clear().putInt(i).flip()).iterator());
    }
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      byte[] a = new byte[16];
      file.bytes("a", 0, 16).get(a);
      assertThat(a).isEqualTo(new byte[] {0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3});
      byte[] b = new byte[3];
      file.bytes("b", 0, 3).get(b);
      assertThat(b).isEqualTo(new byte[] {7, 8, 9});
    }
  }

  @Test
  void aFullDiskIsAClearErrorAndTheOldFileStays() throws IOException {
    Path full = Path.of("/dev/full");
    Assumptions.assumeTrue(Files.exists(full), "needs /dev/full");
    Path path = Files.writeString(folder.resolve("f.safetensors"), "old");
    AtomicFile.Opener opener =
        partial -> {
          Files.createFile(partial);
          return FileChannel.open(full, StandardOpenOption.WRITE);
        };
    assertThatThrownBy(() -> new SafetensorsWriter(path, List.of(A), Map.of(), opener))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(path.toString())
        .hasMessageContaining("No space left on device")
        .hasMessageContaining("make room");
    assertThat(path).hasContent("old");
    assertThat(names()).containsExactly("f.safetensors");
  }

  @Test
  void aFolderThatIsNotThereIsAClearError() {
    Path path = folder.resolve("absent/f.safetensors");
    assertThatThrownBy(() -> new SafetensorsWriter(path, List.of(A), Map.of()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(path.toString());
  }

  @Test
  void smallShardsAreFilledInOrderAndReadAsOne() throws IOException {
    writeSharded(20);
    assertThat(names())
        .containsExactly(
            "model-00001-of-00003.safetensors",
            "model-00002-of-00003.safetensors",
            "model-00003-of-00003.safetensors",
            "model.safetensors.index.json");
    assertThat(folder.resolve("model.safetensors.index.json"))
        .content()
        .contains("\"total_size\" : 48")
        .contains("\"t2\" : \"model-00003-of-00003.safetensors\"");
    try (ShardedSafetensors weights = ShardedSafetensors.open(folder)) {
      assertThat(weights.tensors().keySet()).containsExactly("t0", "t1", "t2");
      assertThat(weights.bytes("t2").getFloat(12)).isEqualTo(2f);
      assertThat(weights.files()).hasSize(3);
    }
  }

  @Test
  void aSecondSaveLeavesNoWeightsOfTheFirst() throws IOException {
    Files.writeString(folder.resolve("model-notes.txt"), "kept");
    writeSharded(20);
    writeSharded(1000);
    assertThat(names()).containsExactly("model-notes.txt", "model.safetensors");
    writeSharded(32);
    assertThat(names())
        .containsExactly(
            "model-00001-of-00002.safetensors",
            "model-00002-of-00002.safetensors",
            "model-notes.txt",
            "model.safetensors.index.json");
  }

  @Test
  void weightsThatWereGivenUpLeaveNothing() throws IOException {
    List<TensorSpec> specs = specs();
    try (var writer = new ShardedSafetensorsWriter(folder, specs, 20)) {
      writer.write("t1", Bytes.floats(1, 1, 1, 1));
      assertThatThrownBy(() -> writer.write("other")).isInstanceOf(IllegalArgumentException.class);
      writer.abort();
    }
    assertThat(names()).isEmpty();
    assertThatThrownBy(() -> new ShardedSafetensorsWriter(folder, specs, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("max_shard_size");
  }

  private static List<TensorSpec> specs() {
    return Stream.of("t0", "t1", "t2").map(n -> new TensorSpec(n, DType.FLOAT32, 4)).toList();
  }

  private void writeSharded(long maxShardSize) throws IOException {
    try (var writer = new ShardedSafetensorsWriter(folder, specs(), maxShardSize)) {
      for (int i = 0; i < 3; i++) {
        writer.write("t" + i, Bytes.floats(i, i, i, i));
      }
    }
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }
}
