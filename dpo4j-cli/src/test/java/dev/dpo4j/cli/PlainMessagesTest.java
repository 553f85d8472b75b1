/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.safetensors.SafetensorsFile;
import dev.dpo4j.safetensors.TensorInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages name what is wrong, and nothing else. */
@Timeout(300)
class PlainMessagesTest {
  @TempDir private Path folder;
  private ChildRun run;
  private String said = "";

  @BeforeEach
  void prepare() throws IOException {
    run = ChildRun.dpo(folder, "--max_steps=1");
  }

  private int execute(String... arguments) {
    CapturedConsole console = new CapturedConsole();
    int code = new Cli(console.console(), new Interruption()).execute(arguments);
    said = console.out() + console.err();
    return code;
  }

  private void poison(String tensor, long element, float value) throws IOException {
    Path file = run.model.resolve("model.safetensors");
    long at;
    try (SafetensorsFile source = SafetensorsFile.open(file)) {
      TensorInfo info = source.tensors().get(tensor);
      ByteBuffer head = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      try (FileChannel channel = FileChannel.open(file)) {
        channel.read(head, 0);
      }
      at = 8 + head.getLong(0) + info.begin() + element * Float.BYTES;
    }
    ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putFloat(0, value);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(bytes, at);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "NaN,0 numbers that are infinite and 1",
    "Infinity,1 numbers that are infinite and 0"
  })
  void weightsThatAreNoNumbersAreNamedBeforeTheFirstStep(float value, String told)
      throws IOException {
    // The last row of the embedding belongs to a token that no row of the data has.
    poison("model.embed_tokens.weight", 3, value);
    assertThat(execute(run.into(folder.resolve("out")))).as(said).isEqualTo(4);
    assertThat(said)
        .contains("the tensor model.embed_tokens.weight holds " + told)
        .doesNotContain("learning_rate");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--gradient_accumulation_steps=2147483647",
        "--per_device_train_batch_size=2147483647",
      })
  void absurdBatchesAreNamed(String flag) {
    assertThat(execute(run.into(folder.resolve("out"), flag))).as(said).isEqualTo(2);
    assertThat(said).contains("makes steps of").doesNotContain("drop_last", "/ by zero");
  }

  @Test
  void absurdEpochsAreNamed() {
    assertThat(
            execute(run.into(folder.resolve("out"), "--num_train_epochs=1e300", "--max_steps=-1")))
        .isNotZero();
    assertThat(said).contains("num_train_epochs").contains("more than any run can do");
  }

  @Test
  void aPathWithAZeroInItIsNamed() throws IOException {
    Path config = Files.writeString(folder.resolve("run.yaml"), "output_dir: \"a\\0b\"\n");
    assertThat(
            execute(
                "dpo",
                "--config=" + config,
                "--model_name_or_path=" + run.model,
                "--dataset_name=" + run.data))
        .isEqualTo(2);
    assertThat(said).contains("output_dir");
  }
}
