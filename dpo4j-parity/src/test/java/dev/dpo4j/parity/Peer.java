/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * Python with transformers, where it is installed: environment DPO4J_PEER or {@code
 * ~/.cache/dpo4j-peer} for version 5, DPO4J_PEER_4 or {@code ~/.cache/dpo4j-peer-4} for version
 * 4.57; DPO4J_TENSORBOARD or {@code ~/.cache/dpo4j-tensorboard} for TensorBoard, DPO4J_MLFLOW or
 * {@code ~/.cache/dpo4j-mlflow} for MLflow. Without it a test is skipped.
 */
enum Peer {
  /** The version that the golden files were recorded with. */
  TRANSFORMERS_5("DPO4J_PEER", "dpo4j-peer"),
  /** The last version before it, which vLLM and others still build on. */
  TRANSFORMERS_4("DPO4J_PEER_4", "dpo4j-peer-4"),
  /** The package tensorboard, and nothing else. */
  TENSORBOARD("DPO4J_TENSORBOARD", "dpo4j-tensorboard"),
  /** The package mlflow with its server. */
  MLFLOW("DPO4J_MLFLOW", "dpo4j-mlflow");

  private final String variable;
  private final String folder;

  Peer(String variable, String folder) {
    this.variable = variable;
    this.folder = folder;
  }

  /** Runs a script of {@code src/test/python} and gives its standard output. */
  static String run(Path scratch, String script, String input, List<String> arguments)
      throws IOException, InterruptedException {
    return TRANSFORMERS_5.runIn(scratch, script, input, arguments);
  }

  /** Runs a script in this environment. */
  String runIn(Path scratch, String script, String input, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(python().toString()));
    command.add(Path.of("src", "test", "python", script).toAbsolutePath().toString());
    command.addAll(arguments);
    Path in = Files.writeString(scratch.resolve("peer.in"), input);
    Path out = scratch.resolve("peer.out");
    Path err = scratch.resolve("peer.err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(in.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().put("HF_HUB_OFFLINE", "1");
    Process process = builder.start();
    if (!process.waitFor(10, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new IllegalStateException(script + " ran longer than 10 minutes");
    }
    if (process.exitValue() != 0) {
      throw new IllegalStateException(script + " failed: " + Files.readString(err));
    }
    return Files.readString(out, StandardCharsets.UTF_8);
  }

  /** The interpreter of this environment. */
  Path python() {
    String given = System.getenv(variable);
    Path root =
        given != null ? Path.of(given) : Path.of(System.getProperty("user.home"), ".cache", folder);
    Path python = root.resolve("bin").resolve("python");
    if (!Files.isExecutable(python)) {
      if (given != null) {
        throw new IllegalStateException(variable + " is set but there is no " + python);
      }
      Assumptions.abort("the peer's environment is not installed (" + variable + "): " + python);
    }
    return python;
  }
}
