/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.dist;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where this process stands among the processes of a run.
 *
 * @param rank its number over all machines, from 0
 * @param localRank its number on this machine, from 0
 * @param worldSize processes of the run
 * @param localWorldSize processes on this machine
 * @param masterAddr address of rank 0
 * @param masterPort port of rank 0
 * @param secret what the processes of the run know and others do not, or null
 */
public record Ranks(
    int rank,
    int localRank,
    int worldSize,
    int localWorldSize,
    String masterAddr,
    int masterPort,
    @Nullable String secret) {

  /** A run of one process. */
  public static final Ranks SINGLE = new Ranks(0, 0, 1, 1, "127.0.0.1", 0, null);

  /** Port of rank 0 where none is named, as torchrun has it. */
  public static final int DEFAULT_PORT = 29500;

  public Ranks {
    if (worldSize < 1 || rank < 0 || rank >= worldSize) {
      throw new DistException(
          "RANK is %d and WORLD_SIZE %d: expected a rank from 0 to WORLD_SIZE - 1"
              .formatted(rank, worldSize));
    }
  }

  /** Whether there are other processes. */
  public boolean isSeveral() {
    return worldSize > 1;
  }

  /**
   * Reads the variables that a launcher sets.
   *
   * @throws DistException if they contradict one another, or are no numbers
   */
  public static Ranks fromEnvironment(Map<String, String> environment) {
    int size = number(environment, "WORLD_SIZE", 1);
    int rank = number(environment, "RANK", 0);
    return new Ranks(
        rank,
        number(environment, "LOCAL_RANK", rank),
        size,
        number(environment, "LOCAL_WORLD_SIZE", size),
        environment.getOrDefault("MASTER_ADDR", "127.0.0.1"),
        number(environment, "MASTER_PORT", DEFAULT_PORT),
        environment.get("DPO4J_SECRET"));
  }

  private static int number(Map<String, String> environment, String name, int absent) {
    String text = environment.get(name);
    if (text == null || text.isBlank()) {
      return absent;
    }
    if (!text.trim().matches("[0-9]{1,9}")) {
      throw new DistException(name + " must be a whole number but was \"" + text + "\"");
    }
    return Integer.parseInt(text.trim());
  }

  /** Without the secret, which must not get into a log. */
  @Override
  public String toString() {
    return "rank %d of %d at %s:%d".formatted(rank, worldSize, masterAddr, masterPort);
  }
}
