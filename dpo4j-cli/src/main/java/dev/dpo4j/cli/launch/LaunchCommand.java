/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.launch;

import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.machine.OwnJvm;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.dist.Ranks;
import dev.dpo4j.io.FreePort;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Starts the processes of a run on this machine, and ends them together. */
@Command(
    name = "launch",
    mixinStandardHelpOptions = true,
    description = {
      "Start a command in several processes that train together, as torchrun does.",
      "",
      "Each process learns its rank from variables (RANK, WORLD_SIZE, MASTER_ADDR and so on). What"
          + " they print begins with the rank. When one fails, the others are ended. On several"
          + " machines, start this on each of them; there, DPO4J_SECRET must be set to the same"
          + " text."
    })
public final class LaunchCommand implements Callable<Integer> {
  private static final String HERE = "127.0.0.1";
  private static final Set<String> AUTO = Set.of("auto", "cpu");
  private static final int SECRET_BYTES = 32;
  private static final int MOST_PROCESSES = 65_536;
  private static final int MOST_PORT = 65_535;

  private final Console console;
  private final Interruption interruption;
  private final Map<String, String> environment;

  @Option(
      names = {"--nproc_per_node", "--nproc-per-node", "--nproc"},
      paramLabel = "N",
      description =
          "Processes on this machine, at least 1; auto is 1. Default: PET_NPROC_PER_NODE, else 1.")
  private @Nullable String processes;

  @Option(
      names = {"--nnodes"},
      paramLabel = "N",
      description = "Machines of the run. Default: PET_NNODES, else 1.")
  private @Nullable String nodes;

  @Option(
      names = {"--node_rank", "--node-rank"},
      paramLabel = "N",
      description = "This machine among them, from 0. Default: PET_NODE_RANK, else 0.")
  private @Nullable String nodeRank;

  @Option(
      names = {"--master_addr", "--master-addr"},
      paramLabel = "HOST",
      description =
          "An address of the machine of rank 0, where it listens. Default: PET_MASTER_ADDR or"
              + " MASTER_ADDR, else 127.0.0.1 on one machine.")
  private @Nullable String masterAddr;

  @Option(
      names = {"--master_port", "--master-port"},
      paramLabel = "PORT",
      description =
          "The port where rank 0 listens. Default: PET_MASTER_PORT or MASTER_PORT, else a free one"
              + " on one machine and 29500 on several.")
  private @Nullable String masterPort;

  @Parameters(
      arity = "0..*",
      paramLabel = "COMMAND",
      description = "The command with its keys, such as dpo --config dpo.yaml.")
  private List<String> command = new ArrayList<>();

  /** Creates the command, which reads the variables of launchers around it. */
  public LaunchCommand(
      Console console, Interruption interruption, Map<String, String> environment) {
    this.console = console;
    this.interruption = interruption;
    this.environment = environment;
  }

  /** Returns this command for the command line: what stands behind the command is the command's. */
  public CommandLine commandLine() {
    CommandLine line = new CommandLine(this);
    line.setStopAtPositional(true);
    return line;
  }

  @Override
  public Integer call() throws IOException {
    if (command.isEmpty()) {
      throw fault("", "", "expected a command behind the options, such as dpo --config dpo.yaml");
    } else if (command.get(0).equals("launch")) {
      throw fault("", "launch", "cannot start itself; name the command that the processes run");
    }
    List<Ranks> ranks = ranks();
    int threads = environment.containsKey("DPO4J_THREADS") ? 0 : OwnJvm.share(ranks.size());
    console.err().println(opening(ranks, threads));
    interruption.listen("the processes finish their step and save");
    RankProcesses run =
        new RankProcesses(
            console, interruption, threads, RankProcesses.NOTICE, RankProcesses.ASKED);
    RankProcesses.End end = run.run(ranks, OwnJvm.command(command));
    return report(end);
  }

  private int report(RankProcesses.End end) {
    if (end.code() == ExitCode.DONE.code() || interruption.requested()) {
      return end.code();
    }
    console.err().println("error: " + end.message());
    console
        .err()
        .println(
            "hint: if there is a checkpoint, the same command with --resume_from_checkpoint auto"
                + " goes on from it");
    return end.code();
  }

  private static String opening(List<Ranks> ranks, int threads) {
    Ranks first = ranks.get(0);
    String which =
        ranks.size() == first.worldSize()
            ? first.worldSize() + " processes"
            : "ranks %d to %d of %d"
                .formatted(first.rank(), first.rank() + ranks.size() - 1, first.worldSize());
    String each =
        threads == 0 ? "" : ", " + threads + (threads == 1 ? " thread" : " threads") + " each";
    return "%s%s, meeting at %s:%d".formatted(which, each, first.masterAddr(), first.masterPort());
  }

  /** Works out the places of the processes that run on this machine. */
  private List<Ranks> ranks() throws IOException {
    String each = first(processes, "PET_NPROC_PER_NODE", "", "1");
    int local = AUTO.contains(each) ? 1 : number("nproc_per_node", each, 1, MOST_PROCESSES);
    int machines = number("nnodes", first(nodes, "PET_NNODES", "", "1"), 1, MOST_PROCESSES);
    int node = number("node_rank", first(nodeRank, "PET_NODE_RANK", "", "0"), 0, machines - 1);
    String here = machines == 1 ? HERE : "";
    String address = first(masterAddr, "PET_MASTER_ADDR", "MASTER_ADDR", here);
    if (address.isEmpty()) {
      throw fault("master_addr", "", "expected an address of the machine of rank 0");
    }
    String given = first(masterPort, "PET_MASTER_PORT", "MASTER_PORT", "");
    int port =
        given.isEmpty()
            ? machines == 1 ? freePort(address) : Ranks.DEFAULT_PORT
            : number("master_port", given, 1, MOST_PORT);
    String secret = secret(machines);
    List<Ranks> ranks = new ArrayList<>();
    for (int one = 0; one < local; one++) {
      ranks.add(new Ranks(node * local + one, one, machines * local, local, address, port, secret));
    }
    return ranks;
  }

  /** What was given, else the variables, else the default. */
  private String first(@Nullable String given, String variable, String second, String otherwise) {
    for (String text : Arrays.asList(given, environment.get(variable), environment.get(second))) {
      if (text != null && !text.isBlank()) {
        return text.strip();
      }
    }
    return otherwise;
  }

  /** The processes of one machine get a secret of their own; several machines must share one. */
  private String secret(int machines) {
    String given = first(null, Ranks.SECRET, "", "");
    if (!given.isEmpty()) {
      return given;
    } else if (machines > 1) {
      throw fault(
          Ranks.SECRET,
          "",
          "set this variable to the same text on all machines, for example to the output of"
              + " openssl rand -hex 32");
    }
    byte[] bytes = new byte[SECRET_BYTES];
    new SecureRandom().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  private static int freePort(String address) throws IOException {
    try {
      return FreePort.find(InetAddress.getByName(address));
    } catch (UnknownHostException | BindException e) {
      throw fault("master_addr", address, "expected an address of this machine");
    }
  }

  private static int number(String name, String text, int least, int most) {
    if (!text.matches("[0-9]{1,6}")
        || Integer.parseInt(text) < least
        || Integer.parseInt(text) > most) {
      throw fault(name, text, "expected a whole number from " + least + " to " + most);
    }
    return Integer.parseInt(text);
  }

  private static ConfigException fault(String key, String found, String message) {
    String text = found.isEmpty() ? message : "\"" + found + "\": " + message;
    return new ConfigException(new Fault(key, "", text));
  }
}
