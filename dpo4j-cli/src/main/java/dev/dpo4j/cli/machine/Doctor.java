/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.machine;

import dev.dpo4j.cli.command.Version;
import dev.dpo4j.cli.terminal.Units;
import dev.dpo4j.dist.Ranks;
import dev.dpo4j.tensor.probe.Bfloat16;
import dev.dpo4j.tensor.probe.CardReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Examines the machine, the JVM, the engine and the folders that a run needs. */
final class Doctor {
  private static final long GIGABYTE = 1_000_000_000L;
  private static final List<String> VARIABLES =
      List.of("DPO4J_", "MALLOC_", "OMP_", "MKL_", "THP_", "LD_PRELOAD", "JAVA_HOME");

  private final Map<String, String> environment;
  private final Path home;
  private final String engine;
  private final Diagnosis diagnosis = new Diagnosis();

  /** An examination; {@code engine} is {@code auto}, or the path of an installed PyTorch. */
  Doctor(Map<String, String> environment, Path home, String engine) {
    this.environment = environment;
    this.home = home;
    this.engine = engine;
  }

  Diagnosis examine(Machine machine, Engines bundled) {
    versions();
    machine(machine);
    bundled.examine(diagnosis);
    cards();
    folders();
    variables(machine);
    return diagnosis;
  }

  private void versions() {
    diagnosis.fact("Software", "dpo4j", Version.own());
    diagnosis.fact("Software", "Java", Version.java());
    diagnosis.fact("Software", "Java home", System.getProperty("java.home", ""));
    diagnosis.fact("Software", "heap", "at most " + Units.bytes(Runtime.getRuntime().maxMemory()));
    String name = System.getProperty("os.name") + " " + System.getProperty("os.version");
    diagnosis.fact("Software", "system", name + ", " + System.getProperty("os.arch"));
    if (!"0".equals(System.getProperty("org.bytedeco.javacpp.maxPhysicalBytes"))) {
      diagnosis.broken(
          "JavaCPP limits native memory by the size of the heap",
          "start with ./dpo4j, or pass -Dorg.bytedeco.javacpp.maxPhysicalBytes=0"
              + " -Dorg.bytedeco.javacpp.maxBytes=0");
    }
  }

  private void machine(Machine machine) {
    diagnosis.fact("Machine", "processor", machine.cpu());
    diagnosis.fact("Machine", "features", String.join(" ", machine.features()));
    diagnosis.fact(
        "Machine", "cores", machine.cores() + " physical, " + machine.processors() + " logical");
    diagnosis.fact(
        "Machine",
        "memory",
        Units.bytes(machine.memory()) + ", free " + Units.bytes(machine.freeMemory()));
    if (!machine.hugePages().isEmpty()) {
      diagnosis.fact("Machine", "huge pages", machine.hugePages());
    }
    if (machine.freeMemory() < 2 * GIGABYTE) {
      diagnosis.slow(
          "only " + Units.bytes(machine.freeMemory()) + " of memory are free",
          "full training takes about 16 bytes for each parameter and more for activations: stop"
              + " other programs or take a smaller model");
    }
    boolean narrow = Bfloat16.hasUnits();
    diagnosis.fact(
        "Machine", "bfloat16", narrow ? "in hardware" : "no units: bf16 computes in float32");
    boolean x86 = System.getProperty("os.arch").equals("amd64");
    if (x86 && !machine.features().isEmpty() && !machine.features().contains("avx2")) {
      diagnosis.slow("the processor has no AVX2", "training will be several times slower");
    }
  }

  /** A run without a card is a run: what keeps one from being used is no error. */
  private void cards() {
    CardReport report = CardReport.read(engine);
    report.facts().forEach((name, value) -> diagnosis.fact("CUDA", name, value));
    report.problems().forEach(problem -> diagnosis.slow(problem.what(), problem.remedy()));
  }

  private void folders() {
    cache(
        "engine cache",
        property("org.bytedeco.javacpp.cachedir", home.resolve(".javacpp/cache")),
        "DPO4J_JAVA_OPTS=-Dorg.bytedeco.javacpp.cachedir=FOLDER");
    cache(
        "tokenizer cache",
        Path.of(environment.getOrDefault("DJL_CACHE_DIR", home.resolve(".djl.ai").toString())),
        "DJL_CACHE_DIR=FOLDER");
    Path here = Path.of("").toAbsolutePath();
    diagnosis.fact("Folders", "working folder", here + ", free " + free(here));
  }

  private static Path property(String name, Path otherwise) {
    @Nullable String value = System.getProperty(name);
    return value == null ? otherwise : Path.of(value);
  }

  private void cache(String name, Path folder, String remedy) {
    Path existing = folder;
    while (!Files.isDirectory(existing) && existing.getParent() != null) {
      existing = existing.getParent();
    }
    diagnosis.fact("Folders", name, folder + ", free " + free(existing));
    if (!Files.isWritable(existing)) {
      diagnosis.broken(existing + " cannot be written to", "set " + remedy + " to another folder");
    } else if (freeBytes(existing) < GIGABYTE) {
      diagnosis.slow(
          "less than 1 GB is free at " + existing,
          "the first start unpacks 500 MB there: free some, or set " + remedy);
    }
  }

  private static String free(Path folder) {
    long bytes = freeBytes(folder);
    return bytes == Long.MAX_VALUE ? "unknown" : Units.bytes(bytes);
  }

  private static long freeBytes(Path folder) {
    try {
      return Files.getFileStore(folder).getUsableSpace();
    } catch (IOException e) {
      return Long.MAX_VALUE;
    }
  }

  private void variables(Machine machine) {
    new TreeMap<>(environment)
        .forEach(
            (name, value) -> {
              if (VARIABLES.stream().anyMatch(name::startsWith)) {
                diagnosis.fact("Environment", name, name.equals(Ranks.SECRET) ? "(set)" : value);
              }
            });
    String threads = environment.getOrDefault("OMP_NUM_THREADS", "");
    if (threads.matches("[0-9]{1,6}") && Integer.parseInt(threads) > machine.processors()) {
      diagnosis.slow(
          "OMP_NUM_THREADS is " + threads + " on " + machine.processors() + " processors",
          "unset it: more threads than processors wait for each other");
    }
  }
}
