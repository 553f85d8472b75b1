/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.demo.TinyModel;
import dev.dpo4j.train.options.ReferenceOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Reference log-probs that are kept between runs, seen from the command line. */
class ReferenceCacheTest {
  @TempDir private Path folder;
  private Path model;
  private Path data;
  private Path cache;
  private int runs;

  @BeforeEach
  void prepare() throws IOException {
    model = TinyModel.write(folder);
    cache = folder.resolve("cache");
    data =
        Files.writeString(
            folder.resolve("pairs.jsonl"),
            """
            {"prompt": "a lantern", "chosen": " in the window", "rejected": " somewhere"}
            {"prompt": "a window", "chosen": " with a lantern", "rejected": " no idea"}
            {"prompt": "窗边", "chosen": "的灯笼", "rejected": "随便"}
            """);
  }

  /** Runs two steps and returns the metrics. */
  private List<String> train(String... more) throws IOException {
    Path output = folder.resolve("out" + runs++);
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "dpo",
                "--model_name_or_path=" + model,
                "--dataset_name=" + data,
                "--output_dir=" + output,
                "--per_device_train_batch_size=2",
                "--max_steps=2",
                "--learning_rate=1e-3",
                "--logging_steps=1",
                "--save_strategy=no"));
    arguments.addAll(List.of(more));
    if (Arrays.stream(more).noneMatch(flag -> flag.startsWith("--ref_logps_cache"))) {
      arguments.add("--ref_logps_cache=" + cache);
    }
    CapturedConsole console = new CapturedConsole();
    int code =
        new Cli(console.console(), new Interruption()).execute(arguments.toArray(String[]::new));
    assertThat(code).as(console.err()).isZero();
    return Files.readAllLines(output.resolve("metrics.jsonl")).stream()
        .filter(line -> line.contains("\"loss\""))
        .toList();
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.list(cache)) {
      return all.sorted().toList();
    }
  }

  private static double firstLoss(List<String> metrics) {
    return JsonMapper.shared().readTree(metrics.get(0)).get("loss").asDouble();
  }

  @Test
  void otherLossesShareTheFileAndTheNumbersAreThoseWithoutIt() throws IOException {
    List<String> without = train("--ref_logps_cache=off");
    assertThat(cache).doesNotExist();
    assertThat(train()).isEqualTo(without);
    byte[] kept = Files.readAllBytes(files().get(0));
    assertThat(train()).isEqualTo(without);
    train("--beta=0.5", "--loss_type=ipo");
    assertThat(files()).hasSize(1);
    assertThat(Files.readAllBytes(files().get(0))).isEqualTo(kept);
  }

  @Test
  void theFolderOfTheLauncherIsTakenUnlessItIsSwitchedOff() throws IOException {
    System.setProperty(ReferenceOptions.CACHE_PROPERTY, cache.toString());
    try {
      train("--ref_logps_cache=off");
      assertThat(cache).doesNotExist();
      train("--ref_logps_cache=null");
      assertThat(files()).hasSize(1);
    } finally {
      System.clearProperty(ReferenceOptions.CACHE_PROPERTY);
    }
  }

  @Test
  void otherWeightsHaveAFileOfTheirOwnAndOtherRowsArePutBeside() throws IOException {
    train();
    long size = Files.size(files().get(0));
    train("--max_length=8");
    assertThat(files()).hasSize(1);
    assertThat(Files.size(files().get(0))).isGreaterThan(size);
    TinyModel.write(folder, 2);
    train();
    assertThat(files()).hasSize(2);
  }

  @Test
  void whatIsKeptIsTakenButNotWhenItIsDamaged() throws IOException {
    List<String> honest = train();
    assertThat(firstLoss(honest)).isEqualTo(Math.log(2), within(1e-7));
    Path file = files().get(0);

    byte[] bytes = Files.readAllBytes(file);
    rewrite(file);
    assertThat(firstLoss(train())).isNotCloseTo(Math.log(2), within(1e-3));

    bytes[bytes.length - 3] ^= 1;
    Files.write(file, bytes);
    assertThat(train()).isEqualTo(honest);

    Files.write(file, new byte[] {1, 2, 3});
    assertThat(train()).isEqualTo(honest);
  }

  @Test
  void aTornEndIsCutAwayAndWhatStandsBeforeItIsTaken() throws IOException {
    List<String> honest = train();
    Path file = files().get(0);
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length - 5));
    rewrite(file);
    assertThat(firstLoss(train())).isNotCloseTo(Math.log(2), within(1e-3));
    assertThat(Files.size(file)).as("the lost pass was put again").isEqualTo(whole.length);
    Files.write(file, whole);
    assertThat(train()).isEqualTo(honest);
    assertThat(Files.readAllBytes(file)).isEqualTo(whole);
  }

  /** Makes the chosen answers of the first pass less probable in a file that is valid in itself. */
  private static void rewrite(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf('\n') + 1;
    ByteBuffer record = ByteBuffer.wrap(bytes, at, bytes.length - at).slice();
    int count = record.getInt(32);
    int numbers = 32 + 2 * Integer.BYTES;
    int pairs = (int) record.getFloat(numbers);
    int first = numbers + Float.BYTES * (1 + 2 * pairs);
    record.putFloat(first, record.getFloat(first) - 50);
    CRC32 crc = new CRC32();
    crc.update(bytes, at, 32);
    crc.update(bytes, at + numbers, Float.BYTES * count);
    record.putInt(32 + Integer.BYTES, (int) crc.getValue());
    Files.write(file, bytes);
  }
}
