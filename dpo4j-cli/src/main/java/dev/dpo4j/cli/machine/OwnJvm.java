/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.machine;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Starts this program once more: the same Java, its options and its class path. */
public final class OwnJvm {
  /** The variables that say how many threads the engine computes with. */
  private static final List<String> THREADS =
      List.of("DPO4J_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS");

  private OwnJvm() {}

  /** Returns the command line of a process that does what these arguments say. */
  public static List<String> command(List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.add("-Ddpo4j.terminal=false");
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.dpo4j.cli.Main"));
    command.addAll(arguments);
    return command;
  }

  /** Lets a process compute with that many threads. */
  public static void useThreads(Map<String, String> environment, int threads) {
    for (String name : THREADS) {
      environment.put(name, String.valueOf(threads));
    }
  }

  /** The threads for each of some processes on this machine, where nothing else is said. */
  public static int share(int processes) {
    Machine machine = Machine.read(Path.of("/"));
    return Math.max(1, Math.min(machine.cores(), machine.processors()) / processes);
  }
}
