/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.demo.TinyModel;
import dev.dpo4j.io.Checksums;
import dev.dpo4j.safetensors.SafetensorsFile;
import dev.dpo4j.safetensors.SafetensorsWriter;
import dev.dpo4j.safetensors.TensorSpec;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.train.options.ReferenceOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
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

    rewrite(file);
    assertThat(firstLoss(train())).isNotCloseTo(Math.log(2), within(1e-3));

    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 3] ^= 1;
    Files.write(file, bytes);
    assertThat(train()).isEqualTo(honest);

    Files.write(file, new byte[] {1, 2, 3});
    assertThat(train()).isEqualTo(honest);
  }

  /** Makes every chosen answer less probable in a file that is valid in itself. */
  private static void rewrite(Path file) throws IOException {
    Map<String, float[]> passes = new TreeMap<>();
    try (SafetensorsFile source = SafetensorsFile.open(file)) {
      source
          .tensors()
          .forEach(
              (name, info) -> {
                float[] values = new float[(int) info.byteSize() / Float.BYTES];
                source
                    .bytes(name, 0, (int) info.byteSize())
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .get(values);
                values[1 + 2 * (int) values[0]] -= 50;
                passes.put(name, values);
              });
    }
    MessageDigest digest = Checksums.digest();
    List<TensorSpec> specs = new ArrayList<>();
    passes.forEach(
        (name, values) -> {
          digest.update(name.getBytes(StandardCharsets.UTF_8));
          digest.update(bytes(values));
          specs.add(new TensorSpec(name, DType.FLOAT32, values.length));
        });
    Map<String, String> metadata = Map.of("format", "pt", "sha256", Checksums.hex(digest));
    try (SafetensorsWriter writer = new SafetensorsWriter(file, specs, metadata)) {
      for (Map.Entry<String, float[]> pass : passes.entrySet()) {
        writer.write(pass.getKey(), bytes(pass.getValue()));
      }
    }
  }

  private static ByteBuffer bytes(float[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES);
    bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
    return bytes;
  }
}
