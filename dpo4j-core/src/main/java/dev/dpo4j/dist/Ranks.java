/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.dist;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The place of this process among those of a run.
 *
 * @param rank this process among all, from 0
 * @param localRank this process among those of its machine, from 0
 * @param worldSize the number of processes
 * @param localWorldSize the number of processes on this machine
 * @param masterAddr where rank 0 listens
 * @param masterPort the port where rank 0 listens
 * @param secret what the processes of the run know and nobody else
 */
public record Ranks(
    int rank,
    int localRank,
    int worldSize,
    int localWorldSize,
    String masterAddr,
    int masterPort,
    String secret) {
  /** The variable with the secret of a run. */
  public static final String SECRET = "DPO4J_SECRET";

  /** The port where none is given, as in torchrun. */
  public static final int DEFAULT_PORT = 29500;

  /** One process, which meets nobody. */
  public static final Ranks SINGLE = new Ranks(0, 0, 1, 1, "", DEFAULT_PORT, "");

  private static final int MOST_PORT = 65_535;

  /** Checks that the numbers fit together. */
  public Ranks {
    require(worldSize >= 1, "the number of processes must be positive but was " + worldSize);
    require(rank >= 0 && rank < worldSize, "no rank " + rank + " of " + worldSize);
    require(
        localWorldSize >= 1 && localWorldSize <= worldSize,
        "no " + localWorldSize + " processes on this machine of " + worldSize);
    require(
        localRank >= 0 && localRank < localWorldSize,
        "no local rank " + localRank + " of " + localWorldSize);
    require(masterPort >= 1 && masterPort <= MOST_PORT, "no port " + masterPort);
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }

  /**
   * Reads the variables of {@code dpo4j launch}, torchrun, Kubeflow or SLURM; without any of them
   * there is one process.
   *
   * <p>A launcher on the machine that sets {@code LOCAL_RANK} wins over {@code PET_*}, which it has
   * read itself; {@code PET_*} wins over a lone {@code RANK}, which Kubeflow counts in pods; SLURM
   * comes last.
   *
   * @throws dev.dpo4j.config.value.ConfigException if a variable is missing or wrong
   */
  public static Ranks fromEnvironment(Map<String, String> environment) {
    return new RankEnvironment(environment).read();
  }

  /** Whether there are other processes. */
  public boolean isSeveral() {
    return worldSize > 1;
  }

  /** The variables that tell a process its place, as torchrun sets them, and the secret. */
  public Map<String, String> toEnvironment() {
    Map<String, String> variables = new LinkedHashMap<>();
    variables.put("RANK", String.valueOf(rank));
    variables.put("LOCAL_RANK", String.valueOf(localRank));
    variables.put("WORLD_SIZE", String.valueOf(worldSize));
    variables.put("LOCAL_WORLD_SIZE", String.valueOf(localWorldSize));
    variables.put("MASTER_ADDR", masterAddr);
    variables.put("MASTER_PORT", String.valueOf(masterPort));
    variables.put(SECRET, secret);
    return variables;
  }

  /** The place without the secret. */
  @Override
  public String toString() {
    return isSeveral()
        ? "rank %d of %d at %s:%d".formatted(rank, worldSize, masterAddr, masterPort)
        : "one process";
  }
}
