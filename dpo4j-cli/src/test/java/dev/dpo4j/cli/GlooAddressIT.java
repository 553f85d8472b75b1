/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.dist.Collectives;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Where the processes of a run listen, and where their connections go. */
@EnabledOnOs(OS.LINUX)
@Timeout(300)
class GlooAddressIT {
  private static final String LISTENS = "0A";
  private static final String CONNECTED = "01";

  /** Adds up over Gloo and says at which addresses of this machine its sockets are. */
  static final class Program {
    private Program() {}

    public static void main(String[] args) throws IOException {
      try (Collectives ranks = Collectives.fromEnvironment(Duration.ofMinutes(2));
          Scope scope = Scope.open()) {
        Tensor one = Tensor.ofFloats(new float[] {1, 2, 3}, 3);
        ranks.allReduceSum(one);
        for (String socket : sockets()) {
          System.out.println(socket);
        }
        ranks.barrier();
      }
    }

    /** The sockets of this process: state and local address of each. */
    private static List<String> sockets() throws IOException {
      Set<String> own;
      try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
        own = files.map(Program::target).collect(Collectors.toSet());
      }
      List<String> found = new ArrayList<>();
      for (String table : List.of("tcp", "tcp6")) {
        for (String line : Files.readAllLines(Path.of("/proc/self/net", table))) {
          String[] fields = line.strip().split("\\s+");
          if (fields.length > 9 && own.contains("socket:[" + fields[9] + "]")) {
            String address = fields[1].substring(0, fields[1].indexOf(':'));
            found.add("socket %s %s".formatted(fields[3], address(address)));
          }
        }
      }
      return found;
    }

    private static String target(Path file) {
      try {
        return Files.readSymbolicLink(file).toString();
      } catch (IOException e) {
        return ""; // Closed meanwhile.
      }
    }

    /** The table shows each four bytes of an address as one number of the machine. */
    private static String address(String hex) throws IOException {
      byte[] bytes = HexFormat.of().parseHex(hex);
      for (int word = 0; word < bytes.length; word += 4) {
        for (int low = word, high = word + 3; low < high; low++, high--) {
          byte kept = bytes[low];
          bytes[low] = bytes[high];
          bytes[high] = kept;
        }
      }
      return InetAddress.getByAddress(bytes).getHostAddress();
    }
  }

  private static Stream<NetworkInterface> interfaces() throws SocketException {
    return NetworkInterface.networkInterfaces()
        .filter(one -> one.inetAddresses().anyMatch(Inet4Address.class::isInstance))
        .sorted(Comparator.comparing(NetworkInterface::getIndex))
        .limit(2);
  }

  /** The processes meet at the loopback address; what they add up goes where they are told. */
  @ParameterizedTest
  @MethodSource("interfaces")
  void glooListensAtTheGivenInterfaceAlone(NetworkInterface given, @TempDir Path logs)
      throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of("env", "DPO4J_SHM_DISABLE=1", "GLOO_SOCKET_IFNAME=" + given.getName()));
    command.addAll(ChildRun.program(Program.class));
    for (Process process : RankedRun.start(2, logs, command)) {
      assertThat(process.waitFor()).as(RankedRun.log(logs, 0)).isZero();
    }
    List<String> there =
        given.inetAddresses().map(one -> one.getHostAddress().replaceFirst("%.*", "")).toList();
    assertThat(addresses(logs, 1, LISTENS)).isNotEmpty().isSubsetOf(there);
    assertThat(addresses(logs, 1, CONNECTED)).containsAnyElementsOf(there);

    List<String> first = new ArrayList<>(addresses(logs, 0, LISTENS));
    assertThat(first.remove("127.0.0.1"))
        .as("the store of addresses, where the processes meet")
        .isTrue();
    assertThat(first).hasSize(1).isSubsetOf(there);
  }

  private static List<String> addresses(Path logs, int rank, String state) throws IOException {
    String start = "socket " + state + " ";
    return RankedRun.log(logs, rank)
        .lines()
        .filter(line -> line.startsWith(start))
        .map(line -> line.substring(start.length()))
        .toList();
  }
}
