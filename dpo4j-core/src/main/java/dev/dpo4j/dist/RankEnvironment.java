/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.dist;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The variables by which launchers tell a process its rank. */
final class RankEnvironment {
  private static final Set<String> ALONE = Set.of("auto", "cpu", "gpu");
  private static final int SLURM_FIRST_PORT = 15_000;
  private static final int SLURM_PORTS = 10_000;

  private final Map<String, String> environment;

  RankEnvironment(Map<String, String> environment) {
    this.environment = environment;
  }

  Ranks read() {
    if (has("LOCAL_RANK") && has("RANK")) {
      return launched();
    } else if (has("PET_NNODES") || has("PET_NODE_RANK")) {
      return pod();
    } else if (has("RANK") && has("WORLD_SIZE")) {
      return ranks(number("RANK"), 0, number("WORLD_SIZE"), 1, address("MASTER_ADDR"), port());
    } else if (has("SLURM_PROCID") && has("SLURM_STEP_ID") && has("SLURM_NTASKS")) {
      return slurm();
    }
    return Ranks.SINGLE;
  }

  /** A launcher has started this process and others beside it. */
  private Ranks launched() {
    int world = number("WORLD_SIZE");
    int local = number("LOCAL_RANK");
    int locals = has("LOCAL_WORLD_SIZE") ? number("LOCAL_WORLD_SIZE") : local + 1;
    // torchrun itself listens at its port, and tells so; the next one is for the processes.
    boolean taken = text("TORCHELASTIC_USE_AGENT_STORE", "").equalsIgnoreCase("true");
    int port = taken ? port() + 1 : port();
    return ranks(number("RANK"), local, world, locals, address("MASTER_ADDR"), port);
  }

  /** Kubeflow has started this process as the only one of its pod. */
  private Ranks pod() {
    String nodes = text("PET_NNODES", "1");
    if (nodes.contains(":")) {
      throw fault("PET_NNODES", nodes, "expected one number; the number of pods cannot change");
    }
    String each = text("PET_NPROC_PER_NODE", "1");
    if (!ALONE.contains(each) && number("PET_NPROC_PER_NODE", each) > 1) {
      throw fault(
          "PET_NPROC_PER_NODE",
          each,
          "each process of a pod needs its LOCAL_RANK; start them with dpo4j launch COMMAND ...");
    }
    int rank = number("PET_NODE_RANK", text("PET_NODE_RANK", "0"));
    int world = number("PET_NNODES", nodes);
    String endpoint = text("PET_RDZV_ENDPOINT", "");
    int colon = endpoint.lastIndexOf(':');
    String host = colon < 0 ? endpoint : endpoint.substring(0, colon);
    String port = colon < 0 ? "" : endpoint.substring(colon + 1);
    String address = text("PET_MASTER_ADDR", text("MASTER_ADDR", host));
    String masterPort = text("PET_MASTER_PORT", text("MASTER_PORT", port));
    int number = masterPort.isEmpty() ? Ranks.DEFAULT_PORT : number("PET_MASTER_PORT", masterPort);
    return ranks(rank, 0, world, 1, address, number);
  }

  /** A task of a SLURM step; the script around the steps has SLURM_PROCID, but no step. */
  private Ranks slurm() {
    int world = number("SLURM_NTASKS");
    int local = has("SLURM_LOCALID") ? number("SLURM_LOCALID") : 0;
    String tasks = text("SLURM_STEP_TASKS_PER_NODE", text("SLURM_TASKS_PER_NODE", ""));
    int node = has("SLURM_NODEID") ? number("SLURM_NODEID") : 0;
    int locals = Math.max(local + 1, SlurmLists.count(tasks, node));
    String nodes = text("SLURM_STEP_NODELIST", text("SLURM_JOB_NODELIST", ""));
    String address = text("MASTER_ADDR", SlurmLists.firstNode(nodes));
    int job = has("SLURM_JOB_ID") ? number("SLURM_JOB_ID") : 0;
    int port = has("MASTER_PORT") ? port() : SLURM_FIRST_PORT + job % SLURM_PORTS;
    return ranks(number("SLURM_PROCID"), local, world, Math.min(world, locals), address, port);
  }

  private Ranks ranks(int rank, int local, int world, int locals, String address, int port) {
    if (world == 1 && rank == 0) {
      return Ranks.SINGLE;
    }
    String secret = text(Ranks.SECRET, "");
    if (secret.isEmpty()) {
      throw new ConfigException(
          new Fault(
              Ranks.SECRET,
              "environment",
              "rank %d of %d has no secret: set it to the same text for all processes of the run, for example to the output of openssl rand -hex 32; dpo4j launch on one machine does so by itself"
                  .formatted(rank, world)));
    } else if (address.isEmpty()) {
      throw new ConfigException(
          new Fault(
              "MASTER_ADDR",
              "environment",
              "rank %d of %d does not know where rank 0 listens: set it to an address of rank 0's machine"
                  .formatted(rank, world)));
    }
    try {
      return new Ranks(rank, local, world, locals, address, port, secret);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(
          new Fault(
              "",
              "environment",
              e.getMessage()
                  + "; check RANK, LOCAL_RANK, WORLD_SIZE, LOCAL_WORLD_SIZE and MASTER_PORT"));
    }
  }

  private int port() {
    return has("MASTER_PORT") ? number("MASTER_PORT") : Ranks.DEFAULT_PORT;
  }

  private String address(String name) {
    return text(name, "");
  }

  private boolean has(String name) {
    return !text(name, "").isEmpty();
  }

  private String text(String name, String otherwise) {
    @Nullable String value = environment.get(name);
    return value == null || value.isBlank() ? otherwise : value.strip();
  }

  private int number(String name) {
    return number(name, text(name, ""));
  }

  private static int number(String name, String value) {
    if (!value.matches("[0-9]{1,9}")) {
      throw fault(name, value, "expected a whole number that is not negative");
    }
    return Integer.parseInt(value);
  }

  private static ConfigException fault(String name, String value, String expected) {
    String found = value.isEmpty() ? "is not set" : "is \"" + value + "\"";
    return new ConfigException(new Fault(name, "environment", found + "; " + expected));
  }
}
