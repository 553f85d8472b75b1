/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorBoardSinkTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.ofEpochSecond(1_700_000_000), ZoneOffset.UTC);

  /** Read back with the loader of the tensorboard package when it was recorded. */
  private static final String RECORDED =
      "1a00000000000000129bd82d0900000040fc54d94110001a0d627261696e2e4576656e743a32e677"
          + "3e1a520000000000000025eb07b70900000040fc54d94110ac022a440a120a0b747261696e2f6570"
          + "6f6368150000403f0a110a0a747261696e2f6c6f7373150000003f0a1b0a146576616c2f72657761"
          + "7264732f6d617267696e73150000a0bf02083133";

  /** The record of a text, read back in the same way. */
  private static final String TEXT =
      "4a00000000000000af77dbb00900000040fc54d94110072a3d0a3b0a13636f6e6669672f746578745f73"
          + "756d6d617279421a08071204120208014210626574613a20302e310ae68d9fe5a4b14a080a060a04"
          + "7465787417e82d58";

  private static Path write(Path folder) throws IOException {
    try (TensorBoardSink sink = new TensorBoardSink(folder, CLOCK)) {
      Map<String, Double> metrics = new LinkedHashMap<>();
      metrics.put("loss", 0.5);
      metrics.put("eval_rewards/margins", -1.25);
      sink.log(300, 0.75, metrics);
    }
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> found = files.toList();
      assertThat(found).hasSize(1);
      return found.get(0);
    }
  }

  @Test
  void theBytesAreThoseThatTensorBoardHasRead(@TempDir Path folder) throws IOException {
    Path file = write(folder.resolve("runs"));
    assertThat(file.getFileName().toString()).startsWith("events.out.tfevents.1700000000.dpo4j.");
    assertThat(HexFormat.of().formatHex(Files.readAllBytes(file))).isEqualTo(RECORDED);
  }

  @Test
  void aTextIsWrittenAsTensorBoardHasReadIt(@TempDir Path folder) throws IOException {
    try (TensorBoardSink sink = new TensorBoardSink(folder, CLOCK)) {
      sink.text(7, "config", "beta: 0.1\n损失");
    }
    try (Stream<Path> files = Files.list(folder)) {
      String bytes = HexFormat.of().formatHex(Files.readAllBytes(files.toList().get(0)));
      // Behind the record of the version, which is that of the file above.
      assertThat(bytes.substring(84)).isEqualTo(TEXT);
    }
  }

  @Test
  void aFolderThatCannotBeMadeIsNamed(@TempDir Path folder) throws IOException {
    Path blocked = Files.createFile(folder.resolve("runs"));
    assertThatExceptionOfType(UncheckedIOException.class)
        .isThrownBy(() -> new TensorBoardSink(blocked))
        .withMessageContaining(blocked.toString());
  }
}
