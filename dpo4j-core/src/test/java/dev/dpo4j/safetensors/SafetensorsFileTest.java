/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.io.ModelFileException;
import dev.dpo4j.io.Mutations;
import dev.dpo4j.tensor.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SafetensorsFileTest {
  private static final String GOOD =
      "{\"__metadata__\":{\"format\":\"pt\"},"
          + "\"a\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]},"
          + "\"b\":{\"dtype\":\"BF16\",\"shape\":[3],\"data_offsets\":[16,22]},"
          + "\"none\":{\"dtype\":\"I64\",\"shape\":[0,5],\"data_offsets\":[22,22]},"
          + "\"one\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[22,23]}}  ";

  private final Path folder;

  SafetensorsFileTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void tensorsAndMetadataComeInTheOrderOfTheHeader() throws IOException {
    Path path = Bytes.write(folder, "good.safetensors", Bytes.file(GOOD, 23));
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThat(file.metadata()).isEqualTo(Map.of("format", "pt"));
      assertThat(file.tensors().keySet()).containsExactly("a", "b", "none", "one");
      TensorInfo a = file.info("a");
      assertThat(a.dtype()).isEqualTo(DType.FLOAT32);
      assertThat(a.shape()).containsExactly(2, 2);
      assertThat(a.elementCount()).isEqualTo(4);
      assertThat(file.info("one").elementCount()).isEqualTo(1);
      assertThat(file.bytes("none").remaining()).isZero();
      assertThat(file.bytes("b", 2, 4).remaining()).isEqualTo(4);
      assertThat(file.bytes("a").isReadOnly()).isTrue();
      assertThatThrownBy(() -> file.bytes("c"))
          .isInstanceOf(ModelFileException.class)
          .hasMessageContaining("\"c\"");
      assertThatThrownBy(() -> file.bytes("b", 4, 4)).isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void anOpenBufferStaysReadableAfterTheFileIsClosed() throws IOException {
    byte[] bytes = Bytes.file(GOOD, 23);
    bytes[bytes.length - 1] = 7;
    ByteBuffer one;
    try (SafetensorsFile file = SafetensorsFile.open(Bytes.write(folder, "f", bytes))) {
      one = file.bytes("one");
    }
    assertThat(one.get(0)).isEqualTo((byte) 7);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void whatWasReadLeavesNothingOfTheFileInMemory() throws IOException {
    Path path = Bytes.write(folder, "left.safetensors", Bytes.file(GOOD, 23));
    ByteBuffer held;
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      held = file.bytes("a");
    }
    assertThat(Files.readString(Path.of("/proc/self/maps"))).doesNotContain("left.safetensors");
    assertThat(held.remaining()).isEqualTo(16);
  }

  @Test
  void aFileThatBecomesShorterIsReported() throws IOException {
    Path path = Bytes.write(folder, "short.safetensors", Bytes.file(GOOD, 23));
    try (SafetensorsFile file = SafetensorsFile.open(path);
        FileChannel cut = FileChannel.open(path, StandardOpenOption.WRITE)) {
      cut.truncate(cut.size() - 1);
      assertThatThrownBy(() -> file.bytes("one"))
          .isInstanceOf(SafetensorsException.class)
          .hasMessageContaining("became shorter while it was read")
          .hasMessageContaining("1 bytes from");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[0,16]}| [0,12]}| 12 bytes, expected 16 bytes for F32[2, 2]",
        "[0,16]}| [16,0]}| expected [begin, end]",
        "[0,16]}| [0]}| expected [begin, end]",
        "[16,22]| [17,23]| leave a hole after tensor \"a\", expected to begin at 16",
        "[16,22]| [10,16]| overlap tensor \"a\", expected to begin at 16",
        "[22,23]| [23,24]| end behind the 23 bytes of data",
        "[2,2]| [-2,-2]| expected a number from 0",
        "[2,2]| [4611686018427387904,4]| more bytes than 64 bits can count",
        "[2,2]| [99999999999999999999]| expected a number from 0",
        "[2,2]| [2.0,2]| expected whole numbers",
        "\"F32\"| \"F8_E4M3\"| dtype \"F8_E4M3\", expected F64, F32",
        "\"F32\"| 32| expected text",
        "\"b\":| \"a\":| not valid JSON: Duplicate",
        "\"shape\":[3],| | found no shape",
        "\"shape\":[3]| \"shape\":[3],\"extra\":1| the entry \"extra\"",
        "{\"format\":\"pt\"}| {\"format\":1}| __metadata__ \"format\"",
        "{\"format\":\"pt\"}| null| expected an object of text",
        "}}  | }} x| not valid JSON",
        "}}  | }}{}| expected only spaces",
        "}}  | }| not valid JSON",
      })
  void aHeaderThatLiesIsRefusedWithFileTensorFoundAndExpected(
      String good, String bad, String message) throws IOException {
    String header = GOOD.replace(good, bad == null ? "" : bad);
    assertThat(header).isNotEqualTo(GOOD);
    Path path = Bytes.write(folder, "bad.safetensors", Bytes.file(header, 23));
    assertThatThrownBy(() -> SafetensorsFile.open(path))
        .isInstanceOf(SafetensorsException.class)
        .hasMessageStartingWith(path.toString())
        .hasMessageContaining(message)
        .hasMessageContaining(SafetensorsException.FETCH_AGAIN);
  }

  @Test
  void aTruncatedFileIsRefusedWithItsNameAtEveryLength() throws IOException {
    byte[] whole = Bytes.file(GOOD, 23);
    for (int length = 0; length < whole.length; length++) {
      Path path = Bytes.write(folder, "cut.safetensors", java.util.Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> SafetensorsFile.open(path))
          .as("cut at %d", length)
          .isInstanceOf(SafetensorsException.class)
          .hasMessageStartingWith(path.toString());
    }
  }

  @Test
  void trailingBytesAreRefused() throws IOException {
    Path path = Bytes.write(folder, "long.safetensors", Bytes.file(GOOD, 24));
    assertThatThrownBy(() -> SafetensorsFile.open(path))
        .isInstanceOf(SafetensorsException.class)
        .hasMessageContaining("the tensors take 23 bytes of data, the file holds 24");
  }

  @ParameterizedTest
  @CsvSource({"-1", "9223372036854775807", "100000001", "1", "0", "4096"})
  void aHeaderLengthThatCannotBeIsRefusedBeforeAnythingIsAllocated(long length) throws IOException {
    byte[] bytes = Bytes.file(GOOD, 23);
    ByteBuffer.wrap(bytes).order(java.nio.ByteOrder.LITTLE_ENDIAN).putLong(0, length);
    Path path = Bytes.write(folder, "length.safetensors", bytes);
    assertThatThrownBy(() -> SafetensorsFile.open(path))
        .isInstanceOf(SafetensorsException.class)
        .hasMessageContaining("the header's length is " + Long.toUnsignedString(length));
  }

  @Test
  void textInUtf16IsRefused() throws IOException {
    byte[] json = GOOD.getBytes(StandardCharsets.UTF_16LE);
    byte[] bytes =
        ByteBuffer.allocate(8 + json.length + 23)
            .order(java.nio.ByteOrder.LITTLE_ENDIAN)
            .putLong(json.length)
            .put(json)
            .array();
    Path path = Bytes.write(folder, "utf16.safetensors", bytes);
    assertThatThrownBy(() -> SafetensorsFile.open(path))
        .isInstanceOf(SafetensorsException.class)
        .hasMessageContaining("UTF-8");
  }

  @Test
  void aMissingFileAFolderAndAnLfsPointerSayWhatTheyAre() throws IOException {
    assertThatThrownBy(() -> SafetensorsFile.open(folder.resolve("absent")))
        .isInstanceOf(SafetensorsException.class)
        .hasMessageContaining("no such file");
    assertThatThrownBy(() -> SafetensorsFile.open(folder))
        .isInstanceOf(SafetensorsException.class)
        .hasMessageContaining("not a regular file");
    Path pointer =
        Files.writeString(
            folder.resolve("p"), "version https://git-lfs.github.com/spec/v1\noid sha256:0\n");
    assertThatThrownBy(() -> SafetensorsFile.open(pointer))
        .isInstanceOf(SafetensorsException.class)
        .hasMessageContaining("git lfs pull");
  }

  @Test
  @Timeout(120)
  void noMutationOfAFileGivesAnythingButTheDocumentedException() throws IOException {
    byte[] seedFile = Bytes.file(GOOD, 23);
    SplittableRandom random = new SplittableRandom(20_240_117);
    int opened = 0;
    for (int round = 0; round < 500; round++) {
      Path path = Bytes.write(folder, "fuzz.safetensors", Mutations.of(seedFile, random));
      try (SafetensorsFile file = SafetensorsFile.open(path)) {
        opened++;
        for (TensorInfo tensor : file.tensors().values()) {
          assertThat((long) file.bytes(tensor.name()).remaining()).isEqualTo(tensor.byteSize());
        }
      } catch (SafetensorsException e) {
        assertThat(e).as("round %d", round).hasMessageStartingWith(path.toString());
      }
    }
    // Some mutations change only values or names: they must still open.
    assertThat(opened).isPositive();
  }

  @Test
  @Timeout(120)
  void noMutationOfAHeaderGivesAnythingButTheDocumentedException() {
    byte[] header = GOOD.getBytes(StandardCharsets.UTF_8);
    Path path = folder.resolve("header");
    SplittableRandom random = new SplittableRandom(41);
    int read = 0;
    for (int round = 0; round < 10_000; round++) {
      byte[] bytes = Mutations.of(header, random);
      try {
        SafetensorsHeader result = SafetensorsHeader.decode(path, bytes, 23);
        assertThat(result.dataBytes()).isEqualTo(23);
        read++;
      } catch (SafetensorsException e) {
        assertThat(e).as("round %d", round).hasMessageStartingWith(path.toString());
      }
    }
    assertThat(read).isPositive();
  }

  @Test
  void specsRefuseShapesThatCannotBe() {
    assertThatThrownBy(() -> new TensorSpec("t", DType.FLOAT32, 2, -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[2, -1]");
    assertThatThrownBy(() -> new TensorSpec("t", DType.FLOAT32, Long.MAX_VALUE / 2))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(new TensorSpec("t", DType.FLOAT32, 2, 3))
        .isEqualTo(new TensorSpec("t", DType.FLOAT32, 2, 3))
        .isNotEqualTo(new TensorSpec("t", DType.FLOAT16, 2, 3))
        .hasToString("t F32 [2, 3]");
    assertThat(List.of(new TensorSpec("t", DType.FLOAT32, 2, 3).hasShape(2, 3))).containsOnly(true);
  }
}
