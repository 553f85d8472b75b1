/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.io.FreePort;
import dev.dpo4j.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Starts the processes of one run, as a launcher does, and compares what they leave. */
final class RankedRun {
  private RankedRun() {}

  /** Starts the processes; what each says is kept in a file. */
  static List<Process> start(int processes, Path logs, String... arguments) throws IOException {
    return start(processes, logs, ChildRun.command(arguments));
  }

  /** The same for any program. */
  static List<Process> start(int processes, Path logs, List<String> command) throws IOException {
    List<Process> started = new ArrayList<>();
    for (ProcessBuilder builder : builders(processes, command)) {
      Path file = file(logs, started.size());
      started.add(builder.redirectErrorStream(true).redirectOutput(file.toFile()).start());
    }
    return started;
  }

  /** Prepares them, one for each rank. */
  static List<ProcessBuilder> builders(int processes, List<String> command) throws IOException {
    int port = FreePort.find();
    List<ProcessBuilder> builders = new ArrayList<>();
    for (int rank = 0; rank < processes; rank++) {
      ProcessBuilder builder = new ProcessBuilder(command);
      builder
          .environment()
          .putAll(
              Map.of(
                  "DPO4J_THREADS", "1",
                  "RANK", String.valueOf(rank),
                  "LOCAL_RANK", String.valueOf(rank),
                  "WORLD_SIZE", String.valueOf(processes),
                  "LOCAL_WORLD_SIZE", String.valueOf(processes),
                  "MASTER_ADDR", "127.0.0.1",
                  "MASTER_PORT", String.valueOf(port),
                  "DPO4J_SECRET", "a secret of this test"));
      builders.add(builder);
    }
    return builders;
  }

  static String log(Path logs, int rank) throws IOException {
    return Files.readString(file(logs, rank));
  }

  static Path file(Path logs, int rank) {
    return logs.resolve("rank" + rank + ".txt");
  }

  /** The distance of the weights of two models, relative to the weights. */
  static double distance(Path one, Path other) throws IOException {
    double difference = 0;
    double size = 0;
    try (SafetensorsFile left = SafetensorsFile.open(one);
        SafetensorsFile right = SafetensorsFile.open(other)) {
      assertThat(left.tensors().keySet()).isEqualTo(right.tensors().keySet());
      for (String name : left.tensors().keySet()) {
        int count = Math.toIntExact(left.info(name).elementCount());
        float[] a = left.floats(name, 0, count);
        float[] b = right.floats(name, 0, count);
        for (int i = 0; i < count; i++) {
          size += square(a[i]);
          difference += square((double) a[i] - b[i]);
        }
      }
    }
    return Math.sqrt(difference / size);
  }

  private static double square(double x) {
    return x * x;
  }
}
