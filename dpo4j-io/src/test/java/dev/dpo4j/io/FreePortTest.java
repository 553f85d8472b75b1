/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

class FreePortTest {
  @Test
  void thePortCanBeOpenedAndIsNoneThatAConnectionIsGiven() throws Exception {
    InetAddress here = InetAddress.getLoopbackAddress();
    int port = FreePort.find(here);
    assertThat(port).isBetween(20_000, 29_999);
    try (ServerSocket socket = new ServerSocket(port, 1, here)) {
      assertThat(FreePort.find()).isNotEqualTo(socket.getLocalPort());
    }
  }

  @Test
  void anAddressOfAnotherMachineHasNone() throws Exception {
    InetAddress elsewhere = InetAddress.getByName("192.0.2.7"); // Reserved for documentation.
    assertThatThrownBy(() -> FreePort.find(elsewhere)).isInstanceOf(BindException.class);
  }
}
