/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.io.Checksums;
import dev.dpo4j.io.Folders;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.Condition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Kills a real training process at random places, until it has ended in spite of that, and compares
 * what it left with what an unbroken process leaves, byte by byte.
 */
@DisabledOnOs(OS.WINDOWS)
class KilledRunIT {
  private static final int STEPS = 16;

  /** Kills of each run; they are drawn anew each time, so that builds add up to many. */
  static final int KILLS = Integer.getInteger("dpo4j.kills", 3);

  /** What killing once costs is the start of a process, so the everyday build kills less often. */
  @Test
  @Timeout(1800)
  void aRunThatIsKilledAndResumedEndsWithTheSameBytes(@TempDir Path folder) throws Exception {
    killAndCompare(ChildRun.dpo(folder), folder, 4);
  }

  @Test
  @Tag("heavy")
  @Timeout(3600)
  void manyKillsLeaveTheSameBytes(@TempDir Path folder) throws Exception {
    killAndCompare(ChildRun.dpo(folder), folder, 4 * KILLS);
  }

  @ParameterizedTest
  @Tag("heavy")
  @Timeout(3600)
  @CsvSource({
    "dpo, --use_peft=true --disable_dropout=false",
    "dpo, --use_peft=true --use_dora=true --dtype=bfloat16 --lora_modules_to_save=lm_head",
    "dpo, --sync_ref_model=true --ref_model_sync_steps=3",
    "sft, --logging_first_step=true",
    "sft, --use_peft=true --lora_dropout=0.1",
    "kto, --logging_first_step=true",
    "kto, --use_peft=true --lora_dropout=0.1 --disable_dropout=false",
  })
  void killsLeaveTheSameBytesWhateverIsTrained(String method, String options, @TempDir Path folder)
      throws Exception {
    killAndCompare(ChildRun.of(method, folder, options.split(" ")), folder, KILLS);
  }

  static void killAndCompare(ChildRun run, Path folder, int kills) throws Exception {
    long seed = ChildRun.killSeed();
    Random random = new Random(seed);
    Map<String, String> expected = finished(run, folder.resolve("unbroken/run"));
    Path output = folder.resolve("killed/run");
    int killed = 0;
    int ended = 0;
    while (killed < kills || ended == 0) {
      boolean last = killed >= kills;
      if (kill(run, output, last ? null : random)) {
        killed++;
      } else {
        ended++;
        compare(contents(output), expected, "seed " + seed + " after " + killed + " kills");
        Folders.delete(output);
      }
    }
  }

  private static void compare(
      Map<String, String> found, Map<String, String> expected, String what) {
    assertThat(found.keySet()).as(what).isEqualTo(expected.keySet());
    expected.forEach(
        (name, content) ->
            assertThat(found.get(name).lines())
                .as(name + ", " + what)
                .containsExactlyElementsOf(content.lines().toList()));
  }

  /** Runs or resumes, and kills at a random place; false if the run came to its end. */
  private static boolean kill(ChildRun run, Path output, Random random) throws Exception {
    Process process =
        ChildRun.start(ChildRun.command(run.into(output, "--resume_from_checkpoint=auto")));
    List<String> lines = new ArrayList<>();
    try (BufferedReader err = process.errorReader(StandardCharsets.UTF_8)) {
      int steps = random == null ? Integer.MAX_VALUE : 1 + random.nextInt(5);
      String line = err.readLine();
      while (line != null) {
        lines.add(line);
        if (line.startsWith("step ") && !line.contains("eval_") && --steps == 0) {
          waitFor(output, random);
          process.toHandle().destroyForcibly(); // Process.destroyForcibly closes the streams.
        }
        line = err.readLine();
      }
    }
    int code = process.waitFor();
    assertThat(code).as(String.join("\n", lines)).isIn(0, 137);
    return code == 137;
  }

  /** Until a moment later, or until something is being saved. */
  private static void waitFor(Path output, Random random) throws Exception {
    if (random.nextBoolean()) {
      TimeUnit.MICROSECONDS.sleep(random.nextInt(20_000));
      return;
    }
    for (int i = 0; i < 10_000; i++) {
      String[] names = output.toFile().list();
      if (names != null && Arrays.stream(names).anyMatch(name -> name.endsWith(".partial"))) {
        return;
      }
    }
  }

  private static Map<String, String> finished(ChildRun run, Path output) throws Exception {
    Process process = ChildRun.start(ChildRun.command(run.into(output)));
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(err).isZero();
    Map<String, String> contents = contents(output);
    assertThat(contents)
        .containsKeys("metrics.jsonl", "checkpoint-16/optimizer.safetensors")
        .hasKeySatisfying(
            new Condition<>(name -> name.matches("(adapter_)?model.safetensors"), "weights"));
    assertThat(Files.readAllLines(output.resolve("metrics.jsonl"))).hasSize(STEPS + STEPS / 4);
    return contents;
  }

  /** The files that a run leaves; what tells of run times and folders is taken out. */
  static Map<String, String> contents(Path output) throws IOException {
    Map<String, String> contents = new LinkedHashMap<>();
    try (Stream<Path> files = Files.walk(output)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        String name = output.relativize(file).toString();
        if (name.endsWith("manifest.json")
            || name.endsWith("config.yaml")
            || name.equals("run.json")
            || name.endsWith("events.jsonl")
            || name.endsWith("report.html")) {
          continue; // Checksums of the rest, the keys of the command line, and when things
          // happened.
        }
        contents.put(name, content(file));
      }
    }
    return contents;
  }

  private static String content(Path file) throws IOException {
    if (file.toString().endsWith(".safetensors")) {
      return Checksums.of(file);
    }
    return Files.readString(file)
        .replaceAll("\\s*\"(train|eval)_(runtime|\\w+_per_second)\" : [^,\n]+,?", "")
        .replaceAll("\"configSha256\" : \"\\w+\"", "")
        .replaceAll("/(killed|unbroken)/run", "/run");
  }
}
