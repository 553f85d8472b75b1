/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.demo.TinyModel;
import dev.dpo4j.dist.Ranks;
import dev.dpo4j.io.Folders;
import dev.dpo4j.io.FreePort;
import dev.dpo4j.io.OwnerLock;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs of two processes of which one is killed, hangs, fails or runs something else. */
@EnabledOnOs(OS.LINUX)
class RankFaultsIT {
  /** For a process that hangs; one that dies is missed at once. */
  private static final String TIMEOUT = "--ddp_timeout=20";

  private static final String PATIENT = "--ddp_timeout=600";
  private static final int KILLED = 137;
  private static final int OTHER_RANK = 6;

  /** A process that has ended, and what it said. */
  private record Ended(int code, List<String> lines) {
    String text() {
      return String.join("\n", lines);
    }
  }

  /** Is shown each line that a process prints. */
  private interface Watcher {
    void look(Process process, String line) throws Exception;
  }

  private static Ended watch(Process process, Watcher watcher) throws Exception {
    List<String> lines = new ArrayList<>();
    try (BufferedReader err = process.errorReader(StandardCharsets.UTF_8)) {
      String line = err.readLine();
      while (line != null) {
        lines.add(line);
        watcher.look(process, line);
        line = err.readLine();
      }
    }
    return new Ended(process.waitFor(), lines);
  }

  private static Process launch(ChildRun run, Path output, String... more) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("launch", "--nproc_per_node", "2"));
    List<String> all = new ArrayList<>(List.of(TIMEOUT));
    all.addAll(List.of(more));
    arguments.addAll(List.of(run.into(output, all.toArray(String[]::new))));
    return ChildRun.start(ChildRun.command(arguments.toArray(String[]::new)));
  }

  /** The process of a rank below a launcher. */
  private static Optional<ProcessHandle> rank(Process launcher, int rank) {
    return launcher
        .toHandle()
        .children()
        .filter(child -> variables(child).contains("RANK=" + rank))
        .findFirst();
  }

  private static List<String> variables(ProcessHandle process) {
    try {
      return List.of(Files.readString(Path.of("/proc/" + process.pid() + "/environ")).split("\0"));
    } catch (IOException e) {
      return List.of(); // It has ended.
    }
  }

  @Test
  @Timeout(1800)
  void aRunThatLosesARankIsResumedToTheSameBytes(@TempDir Path folder) throws Exception {
    killAndCompare(folder, 1);
  }

  @Test
  @Tag("heavy")
  @Timeout(3600)
  void tenLostRanksLeaveTheSameBytes(@TempDir Path folder) throws Exception {
    killAndCompare(folder, 10);
  }

  private static void killAndCompare(Path folder, int kills) throws Exception {
    long seed = ChildRun.killSeed();
    Random random = new Random(seed);
    ChildRun run = ChildRun.dpo(folder);
    Path unbroken = folder.resolve("unbroken/run");
    Ended whole = watch(launch(run, unbroken, PATIENT), (process, line) -> {});
    assertThat(whole.code()).as(whole.text()).isZero();
    Map<String, String> expected = KilledRunIT.contents(unbroken);
    Path output = folder.resolve("killed/run");
    int killed = 0;
    int ended = 0;
    while (killed < kills || ended == 0) {
      if (killOnce(run, output, killed < kills ? random : null)) {
        killed++;
        continue;
      }
      ended++;
      Map<String, String> found = KilledRunIT.contents(output);
      assertThat(found.keySet()).as("seed " + seed).isEqualTo(expected.keySet());
      expected.forEach(
          (name, content) ->
              assertThat(found.get(name)).as(name + ", seed " + seed).isEqualTo(content));
      Folders.delete(output);
    }
  }

  /** Runs or resumes, and kills a rank after some steps; false if the run came to its end. */
  private static boolean killOnce(ChildRun run, Path output, Random random) throws Exception {
    int victim = random == null ? -1 : random.nextInt(2);
    int[] steps = {random == null ? Integer.MAX_VALUE : 1 + random.nextInt(4)};
    Ended end =
        watch(
            launch(run, output, "--resume_from_checkpoint=auto", PATIENT),
            (process, line) -> {
              if (line.startsWith("[rank 0] step ") && !line.contains("eval_") && --steps[0] == 0) {
                TimeUnit.MICROSECONDS.sleep(random.nextInt(20_000));
                // None where this machine is slow and the run was faster.
                rank(process, victim).ifPresent(ProcessHandle::destroyForcibly);
              }
            });
    if (end.code() == 0) {
      return false;
    }
    assertThat(end.code()).as(end.text()).isEqualTo(KILLED);
    // After the last step the other one may be done and miss nobody.
    boolean trained = end.lines().stream().anyMatch(line -> line.startsWith("[rank 0] step 16/"));
    assertThat(end.lines())
        .as(end.text())
        .anyMatch(
            line ->
                trained
                    || line.startsWith(
                        "[rank " + (1 - victim) + "] error: rank " + victim + " is gone"))
        .anyMatch(
            line ->
                line.matches(
                    "error: rank " + victim + " \\(process \\d+\\) was ended by signal 9.*"));
    return true;
  }

  @Test
  @Tag("heavy")
  @Timeout(600)
  void aRankThatHangsIsFoundByItsSilence(@TempDir Path folder) throws Exception {
    Ended end =
        watch(
            launch(ChildRun.dpo(folder, "--max_steps=100000"), folder.resolve("out")),
            (process, line) -> {
              if (line.startsWith("[rank 0] step 2/")) {
                String pid = String.valueOf(rank(process, 1).orElseThrow().pid());
                new ProcessBuilder("kill", "-STOP", pid).start().waitFor();
              }
            });
    assertThat(end.code()).as(end.text()).isEqualTo(OTHER_RANK);
    // Its heart beats no more, and it does not come to the sum of the gradients: both wait 20 s.
    assertThat(end.text())
        .containsPattern(
            "\\[rank 0] error: rank 1 has not (answered|come to the place .*) for 20 s");
  }

  @ParameterizedTest
  @Tag("heavy")
  @Timeout(600)
  @CsvSource({"configuration", "data", "weights"})
  void aRankThatRunsSomethingElseIsRefusedBeforeTheFirstStep(String what, @TempDir Path folder)
      throws Exception {
    ChildRun zero = ChildRun.dpo(Files.createDirectories(folder.resolve("zero")));
    ChildRun one = ChildRun.dpo(Files.createDirectories(folder.resolve("one")));
    String rate = "--learning_rate=1e-3";
    switch (what) {
      case "configuration" -> rate = "--learning_rate=2e-3";
      case "data" ->
          Files.writeString(
              one.data,
              "{\"prompt\": \"a\", \"chosen\": \" b\", \"rejected\": \" c\"}\n",
              StandardOpenOption.APPEND);
      default -> TinyModel.write(folder.resolve("one"), 2);
    }
    Path output = folder.resolve("out");
    int port = FreePort.find();
    Process second = byHand(one, place(1, port), command(one, output, rate));
    Process first = byHand(zero, place(0, port), command(zero, output, "--learning_rate=1e-3"));
    for (Process process : List.of(first, second)) {
      Ended end = watch(process, (watched, line) -> {});
      assertThat(end.code()).as(end.text()).isEqualTo(OTHER_RANK);
      assertThat(end.text()).contains("error: rank 1 has another " + what + " than rank 0");
    }
    assertThat(output.resolve("metrics.jsonl")).doesNotExist();
  }

  @Test
  @Tag("heavy")
  @Timeout(600)
  void aRankOfAnotherVersionIsRefusedBeforeTheFirstStep(@TempDir Path folder) throws Exception {
    ChildRun run = ChildRun.dpo(folder);
    Path output = folder.resolve("out");
    int port = FreePort.find();
    List<String> other = new ArrayList<>(command(run, output));
    int classes = other.indexOf("-cp") + 1;
    Path jar = anotherVersion(folder.resolve("other.jar"));
    other.set(classes, jar + File.pathSeparator + other.get(classes));
    Process second = byHand(run, place(1, port), other);
    Process first = byHand(run, place(0, port), command(run, output));
    for (Process process : List.of(first, second)) {
      Ended end = watch(process, (watched, line) -> {});
      assertThat(end.code()).as(end.text()).isEqualTo(OTHER_RANK);
      assertThat(end.text())
          .contains("error: rank 1 has another version than rank 0", "0.0.1-other");
    }
    assertThat(output.resolve("metrics.jsonl")).doesNotExist();
  }

  /** The package that knows the version, in a jar that names another one. */
  private static Path anotherVersion(Path jar) throws Exception {
    Class<?> known = Class.forName("dev.dpo4j.train.output.CodeVersion");
    URI place = Objects.requireNonNull(known.getResource("CodeVersion.class")).toURI();
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.IMPLEMENTATION_VERSION, "0.0.1-other");
    boolean packed = place.getScheme().equals("jar");
    try (FileSystem files = packed ? FileSystems.newFileSystem(place, Map.of()) : null;
        Stream<Path> all = Files.list(Objects.requireNonNull(Path.of(place).getParent()));
        JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
      for (Path file : all.filter(each -> each.toString().endsWith(".class")).toList()) {
        out.putNextEntry(new ZipEntry("dev/dpo4j/train/output/" + file.getFileName()));
        Files.copy(file, out);
      }
    }
    return jar;
  }

  @Test
  @Tag("heavy")
  @Timeout(600)
  void anInterfaceThatTheMachineDoesNotHaveIsNamed(@TempDir Path folder) throws Exception {
    ChildRun run = ChildRun.dpo(folder);
    int port = FreePort.find();
    List<Process> started = new ArrayList<>();
    for (int rank = 1; rank >= 0; rank--) {
      List<String> command = new ArrayList<>(List.of("env", "GLOO_SOCKET_IFNAME=absent0"));
      command.addAll(command(run, folder.resolve("out")));
      started.add(byHand(run, place(rank, port), command));
    }
    List<String> said = new ArrayList<>();
    for (Process process : started) {
      Ended end = watch(process, (watched, line) -> {});
      assertThat(end.code()).as(end.text()).isEqualTo(OTHER_RANK);
      said.add(end.text());
    }
    assertThat(said).anyMatch(text -> text.contains("absent0"));
  }

  /** The command line of a rank in the folder of its model and data. */
  private static List<String> command(ChildRun run, Path output, String... more) {
    List<String> all = new ArrayList<>(List.of(more));
    all.add(TIMEOUT);
    all.add("--model_name_or_path=" + run.model.getFileName());
    all.add("--dataset_name=" + run.data.getFileName());
    all.add("--eval_dataset=" + run.data.getFileName());
    return ChildRun.command(run.into(output, all.toArray(String[]::new)));
  }

  /** Starts a rank without a launcher. */
  private static Process byHand(ChildRun run, Ranks ranks, List<String> command)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.directory(run.data.getParent().toFile());
    builder.environment().putAll(ranks.toEnvironment());
    builder.environment().put("DPO4J_THREADS", "1");
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    return builder.start();
  }

  private static Ranks place(int rank, int port) {
    return new Ranks(rank, rank, 2, 2, "127.0.0.1", port, "secret");
  }

  @Test
  @Tag("heavy")
  @Timeout(600)
  void rankZeroHoldsTheFolderAndNamesWhoHasIt(@TempDir Path folder) throws Exception {
    Path output = folder.resolve("out");
    ChildRun run = ChildRun.dpo(folder);
    Ended end;
    try (OwnerLock owner = OwnerLock.ofFolder(output)) {
      end = watch(launch(run, output), (process, line) -> {});
    }
    assertThat(end.code()).as(end.text()).isEqualTo(2);
    assertThat(end.text()).contains("[rank 0] error: ", "is in use: process ");
  }

  @Test
  @Tag("heavy")
  @Timeout(600)
  void aFullDiskOfRankZeroStopsAllWithItsMessageAndLeavesWholeCheckpoints(@TempDir Path folder)
      throws Exception {
    ChildRun run = ChildRun.dpo(folder);
    Path output = folder.resolve("out");
    int port = FreePort.find();
    String limit = "ulimit -f $0; exec \"$@\"";
    long blocks = Files.size(run.model.resolve("model.safetensors")) / 1024 + 1;
    List<String> full = new ArrayList<>(List.of("bash", "-c", limit, String.valueOf(blocks)));
    full.addAll(command(run, output));
    Process zero = byHand(run, place(0, port), full);
    Process one = byHand(run, place(1, port), command(run, output));
    Ended first = watch(zero, (process, line) -> {});
    Ended second = watch(one, (process, line) -> {});
    assertThat(first.code()).as(first.text()).isEqualTo(1);
    assertThat(second.code()).as(second.text()).isEqualTo(OTHER_RANK);
    assertThat(second.text()).contains("error: rank 0 failed: ");
    assertThat(output).isDirectoryNotContaining("glob:**.partial");
  }
}
