/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.machine;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.dpo4j.cli.command.Version;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.dist.DistException;
import dev.dpo4j.dist.Ranks;
import dev.dpo4j.dist.Rendezvous;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Examines what a run over several processes needs, and how the machines differ. */
final class ClusterExamination {
  private static final String SECTION = "Processes";

  /** The libraries of a run open some hundred files; rank 0 has a connection to each process. */
  private static final long LEAST_FILES = 1024;

  private static final byte[] HERE = {};

  private final Map<String, String> environment;
  private final Clock clock;
  private final Duration patience;
  private final Duration skew;

  /**
   * Prepares an examination.
   *
   * @param patience the longest wait for the other processes
   * @param skew the largest difference of two clocks that does no harm
   */
  ClusterExamination(
      Map<String, String> environment, Clock clock, Duration patience, Duration skew) {
    this.environment = environment;
    this.clock = clock;
    this.patience = patience;
    this.skew = skew;
  }

  /** What a process says of its machine. */
  record Facts(String version, String java, long millis, long files) {
    byte[] toBytes() {
      return String.join("\n", version, java, "" + millis, "" + files)
          .getBytes(StandardCharsets.UTF_8);
    }

    static Facts of(byte[] bytes) {
      String[] lines = new String(bytes, StandardCharsets.UTF_8).split("\n", -1);
      return new Facts(lines[0], lines[1], Long.parseLong(lines[2]), Long.parseLong(lines[3]));
    }
  }

  void examine(Diagnosis diagnosis) {
    long files = mostFiles();
    diagnosis.fact(SECTION, "open files", files == Long.MAX_VALUE ? "unknown" : "at most " + files);
    try {
      Ranks ranks = Ranks.fromEnvironment(environment);
      diagnosis.fact(SECTION, "this process", ranks.toString());
      fileLimit(diagnosis, files, ranks.worldSize());
      if (ranks.isSeveral()) {
        GlooExamination.of(environment).examine(diagnosis, SECTION);
        meet(diagnosis, ranks, files);
      }
    } catch (ConfigException e) {
      diagnosis.broken(
          String.valueOf(e.getMessage()), "set the variables of the launcher, or none of them");
    } catch (DistException e) {
      diagnosis.broken(
          String.valueOf(e.getMessage()),
          "see that each machine reaches MASTER_ADDR at MASTER_PORT, and all other machines at any"
              + " port");
    }
  }

  private static void fileLimit(Diagnosis diagnosis, long files, int processes) {
    long least = LEAST_FILES + 4L * processes;
    if (files < least) {
      diagnosis.slow(
          "a process may open only " + files + " files",
          "raise the limit to " + least + " or more with ulimit -n, or in the unit of the service");
    }
  }

  private void meet(Diagnosis diagnosis, Ranks ranks, long files) {
    try (Rendezvous meeting = Rendezvous.join(ranks, patience)) {
      diagnosis.fact(SECTION, "address", meeting.address());
      meeting.exchange(HERE); // From here on all are at the same place, so clocks can be compared.
      Facts own = new Facts(Version.own(), Version.java(), clock.millis(), files);
      List<Facts> all = meeting.exchange(own.toBytes()).stream().map(Facts::of).toList();
      diagnosis.fact(SECTION, "met", all.size() + " processes");
      compare(diagnosis, all);
    }
  }

  /** Compares what the processes say with what rank 0 says. */
  void compare(Diagnosis diagnosis, List<Facts> all) {
    Facts first = all.get(0);
    for (int rank = 1; rank < all.size(); rank++) {
      Facts one = all.get(rank);
      if (!one.version().equals(first.version())) {
        diagnosis.broken(
            "rank %d has dpo4j %s, rank 0 has %s".formatted(rank, one.version(), first.version()),
            "install the same version on all machines");
      }
      if (!one.java().equals(first.java())) {
        diagnosis.slow(
            "rank %d has Java %s, rank 0 has %s".formatted(rank, one.java(), first.java()),
            "a run works, but use one Java on all machines if results are to be the same bytes");
      }
      long apart = Math.abs(one.millis() - first.millis());
      if (apart > skew.toMillis()) {
        diagnosis.slow(
            "the clocks of rank %d and rank 0 are %.1f s apart".formatted(rank, apart / 1000.0),
            "let both machines take the time from the same server (NTP): logs and files show it");
      }
      if (one.files() < LEAST_FILES) {
        diagnosis.slow(
            "rank %d may open only %d files".formatted(rank, one.files()),
            "raise its limit with ulimit -n");
      }
    }
  }

  private static long mostFiles() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? unix.getMaxFileDescriptorCount()
        : Long.MAX_VALUE;
  }
}
