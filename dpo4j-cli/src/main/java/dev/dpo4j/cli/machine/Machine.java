/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.machine;

import com.sun.management.OperatingSystemMXBean;
import dev.dpo4j.io.ProcessMemory;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The processor and the memory.
 *
 * @param cpu the model name
 * @param cores physical cores, where the system tells, else logical ones
 * @param processors logical processors that the JVM may use
 * @param features the vector extensions that matter for training
 * @param memory bytes of memory, or of the limit of the container
 * @param freeMemory bytes that can be taken without swapping
 * @param hugePages the setting of transparent huge pages, empty if there is none
 */
record Machine(
    String cpu,
    int cores,
    int processors,
    List<String> features,
    long memory,
    long freeMemory,
    String hugePages) {
  private static final List<String> FEATURES =
      List.of(
          "avx2",
          "fma",
          "avx512f",
          "avx512_vnni",
          "avx512_bf16",
          "avx512_fp16",
          "amx_bf16",
          "asimd",
          "asimddp",
          "bf16",
          "i8mm",
          "sve");
  private static final Pattern CHOSEN = Pattern.compile("\\[(\\w+)]");

  /** Reads this machine; what the system does not tell is asked of the JVM. */
  static Machine read(Path root) {
    String info = text(root.resolve("proc/cpuinfo"));
    ProcessMemory memory = ProcessMemory.below(root);
    int processors = Runtime.getRuntime().availableProcessors();
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return new Machine(
        field(info, "model name")
            .or(() -> field(info, "Model"))
            .orElse(System.getProperty("os.arch") + " processor"),
        cores(info).orElse(processors),
        processors,
        features(info),
        memory.total().orElse(system.getTotalMemorySize()),
        memory.available().orElse(system.getFreeMemorySize()),
        chosen(text(root.resolve("sys/kernel/mm/transparent_hugepage/enabled"))));
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return "";
    }
  }

  private static Optional<String> field(String text, String name) {
    Matcher matcher = Pattern.compile("(?m)^" + name + "\\s*:\\s*(.+)$").matcher(text);
    return matcher.find() ? Optional.of(matcher.group(1).strip()) : Optional.empty();
  }

  /** Two logical processors of one core share socket and core id. */
  private static Optional<Integer> cores(String info) {
    Set<String> cores = new HashSet<>();
    for (String block : info.split("\n\n", -1)) {
      Optional<String> core = field(block, "core id");
      if (core.isPresent()) {
        cores.add(field(block, "physical id").orElse("0") + "/" + core.get());
      }
    }
    return cores.isEmpty() ? Optional.empty() : Optional.of(cores.size());
  }

  private static List<String> features(String info) {
    String flags = field(info, "flags").or(() -> field(info, "Features")).orElse("");
    Set<String> present = Stream.of(flags.split(" ", -1)).collect(Collectors.toSet());
    return FEATURES.stream().filter(present::contains).toList();
  }

  private static String chosen(String setting) {
    Matcher matcher = CHOSEN.matcher(setting);
    return matcher.find() ? matcher.group(1) : "";
  }
}
