/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Processes that stay for the next run, for tests of what processes compute together and not of how
 * they begin and end: most of the time of a run of a tiny model is the start of its processes.
 */
final class RankHosts implements AutoCloseable {
  private final List<String> command;
  private final Map<Integer, List<Process>> byNumber = new TreeMap<>();

  RankHosts() {
    this(ChildRun.program(RankHost.class));
  }

  /** The same with a command line that starts {@link RankHost} otherwise. */
  RankHosts(List<String> command) {
    this.command = List.copyOf(command);
  }

  /** Runs a command in so many processes; all must end with success. */
  void run(int processes, Path logs, String... arguments) throws IOException {
    List<Process> hosts = byNumber.get(processes);
    if (hosts == null) {
      hosts = new ArrayList<>();
      for (ProcessBuilder builder : RankedRun.builders(processes, command)) {
        hosts.add(builder.redirectError(ProcessBuilder.Redirect.INHERIT).start());
      }
      byNumber.put(processes, hosts);
    }
    boolean done = false;
    try {
      for (int rank = 0; rank < processes; rank++) {
        Writer in = hosts.get(rank).outputWriter();
        in.write(RankedRun.file(logs, rank) + "\t" + String.join("\t", arguments) + "\n");
        in.flush();
      }
      List<String> codes = new ArrayList<>();
      for (Process host : hosts) {
        codes.add(code(host.inputReader()));
      }
      for (int rank = 0; rank < processes; rank++) {
        assertThat(codes.get(rank)).as(RankedRun.log(logs, rank)).isEqualTo("0");
      }
      done = true;
    } finally {
      if (!done) { // Nobody knows what they wait for: the next run begins with others.
        hosts.forEach(Process::destroyForcibly);
        byNumber.remove(processes);
      }
    }
  }

  /** The next exit code; libraries print lines of their own before it. */
  private static String code(BufferedReader answers) throws IOException {
    String line = answers.readLine();
    while (line != null && !line.startsWith(RankHost.CODE)) {
      line = answers.readLine();
    }
    return line == null ? "none: it has ended" : line.substring(RankHost.CODE.length());
  }

  /** Ends them all. */
  @Override
  public void close() {
    byNumber.values().forEach(hosts -> hosts.forEach(Process::destroyForcibly));
    byNumber.clear();
  }
}
