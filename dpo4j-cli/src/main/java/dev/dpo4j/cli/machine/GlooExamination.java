/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.machine;

import dev.dpo4j.io.SmallFile;
import java.io.IOException;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Examines where Gloo, over which the processes of several machines add up, will listen.
 *
 * @param asked the network interface that the variables name, or null
 * @param range the file with the ports that the system gives away
 */
record GlooExamination(@Nullable String asked, Path range) {
  private static final String VARIABLE = "GLOO_SOCKET_IFNAME";
  private static final Path RANGE = Path.of("/proc/sys/net/ipv4/ip_local_port_range");

  static GlooExamination of(Map<String, String> environment) {
    String name = environment.get(VARIABLE);
    return new GlooExamination(name == null || name.isBlank() ? null : name, RANGE);
  }

  void examine(Diagnosis diagnosis, String section) {
    diagnosis.fact(section, "ports of Gloo", "one for each process, of " + ports());
    if (asked == null) {
      diagnosis.fact(section, "interface of Gloo", "the one that reaches rank 0");
      return;
    }
    try {
      NetworkInterface found = NetworkInterface.getByName(asked);
      if (found == null) {
        diagnosis.broken(
            "%s is %s, and this machine has %s".formatted(VARIABLE, asked, names()),
            "name one of these, which the other machines reach, or take the variable away");
      } else if (!found.isUp() || !found.inetAddresses().findAny().isPresent()) {
        diagnosis.broken(
            "%s is %s, which is down or has no address".formatted(VARIABLE, asked),
            "name an interface that the other machines reach, or take the variable away");
      } else {
        diagnosis.fact(section, "interface of Gloo", asked + ", at " + addresses(found));
      }
    } catch (SocketException e) {
      diagnosis.fact(section, "interface of Gloo", asked + " (unknown: " + e.getMessage() + ")");
    }
  }

  private static String names() throws SocketException {
    return NetworkInterface.networkInterfaces()
        .map(NetworkInterface::getName)
        .sorted()
        .collect(Collectors.joining(", "));
  }

  private static String addresses(NetworkInterface one) {
    return one.inetAddresses()
        .map(address -> address.getHostAddress().replaceFirst("%.*", ""))
        .collect(Collectors.joining(", "));
  }

  /** The ports of which the system gives one to whoever asks for any. */
  private String ports() {
    try {
      List<String> ends =
          Files.exists(range)
              ? List.of(SmallFile.readString(range).strip().split("\\s+"))
              : List.of();
      return ends.size() == 2 ? "%s to %s".formatted(ends.get(0), ends.get(1)) : "any";
    } catch (IOException e) {
      return "any";
    }
  }
}
