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
 * ~/.cache/dpo4j-peer}. Without it a test is skipped.
 */
final class Peer {
  private Peer() {}

  /** Runs a script of {@code src/test/python} and gives its standard output. */
  static String run(Path scratch, String script, String input, List<String> arguments)
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

  private static Path python() {
    String given = System.getenv("DPO4J_PEER");
    Path root =
        given != null
            ? Path.of(given)
            : Path.of(System.getProperty("user.home"), ".cache", "dpo4j-peer");
    Path python = root.resolve("bin").resolve("python");
    if (!Files.isExecutable(python)) {
      if (given != null) {
        throw new IllegalStateException("DPO4J_PEER is set but there is no " + python);
      }
      Assumptions.abort("the peer's environment (DPO4J_PEER) is not installed: " + python);
    }
    return python;
  }
}
