/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.gloo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import dev.dpo4j.io.FreePort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The socket of the store is at one address and one port. */
@EnabledOnOs(OS.LINUX)
class StoreSocketTest {
  private static void close(int socket) {
    Function close = NativeLibrary.getInstance(Platform.C_LIBRARY_NAME).getFunction("close");
    assertThat(close.invokeInt(new Object[] {socket})).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1", "localhost"})
  void itTakesConnectionsAtItsAddressAndAtNoOther(String host) throws IOException {
    InetAddress address = InetAddress.getByName(host);
    assumeTrue(NetworkInterface.getByInetAddress(address) != null, "no " + host + " here");
    int port = FreePort.find();
    int socket = StoreSocket.listen(host, port);
    try {
      try (Socket client = new Socket(address, port)) {
        assertThat(client.isConnected()).isTrue();
      }
      // The whole loopback network is this machine's, but 127.0.0.2 is another address.
      assertThatThrownBy(() -> new Socket(InetAddress.getByName("127.0.0.2"), port).close())
          .isInstanceOf(IOException.class);
    } finally {
      close(socket);
    }
  }

  @Test
  void aTakenPortAndAnAddressOfAnotherMachineAreNamed() throws IOException {
    try (ServerSocket taken = new ServerSocket()) {
      taken.bind(new InetSocketAddress("127.0.0.1", 0));
      assertThatThrownBy(() -> StoreSocket.listen("127.0.0.1", taken.getLocalPort()))
          .isInstanceOf(GlooException.class)
          .hasMessageContaining(
              "rank 0 cannot listen at 127.0.0.1:%d".formatted(taken.getLocalPort()))
          .hasMessageContaining("Address already in use");
    }
    // An address that documents may use and nobody has.
    assertThatThrownBy(() -> StoreSocket.listen("192.0.2.1", 45_678))
        .isInstanceOf(GlooException.class)
        .hasMessageContaining("Cannot assign requested address");
    assertThatThrownBy(() -> StoreSocket.listen("no-such-host.invalid", 45_678))
        .isInstanceOf(GlooException.class)
        .hasMessageContaining("no-such-host.invalid");
  }
}
