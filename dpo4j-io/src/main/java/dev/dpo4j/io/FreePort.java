/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.io;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Finds a port for a program that must name it to others before it listens there.
 *
 * <p>Systems give outgoing connections a port of a range that begins at 32768 or later, so that a
 * port which the system chose may be taken by any connection in the seconds until it is used. The
 * ports found here lie below that range.
 */
public final class FreePort {
  private static final int FIRST = 20_000;
  private static final int BEYOND = 30_000;
  private static final int TRIES = 100;

  private FreePort() {}

  /** Finds a port at which nobody listens on this machine. */
  public static int find() throws IOException {
    return find(null);
  }

  /**
   * Finds a port at which nobody listens.
   *
   * @param address an address of this machine, null for all of them
   * @throws java.net.BindException if the address is none of this machine
   */
  public static int find(@Nullable InetAddress address) throws IOException {
    for (int i = 0; i < TRIES; i++) {
      int port = ThreadLocalRandom.current().nextInt(FIRST, BEYOND);
      try (ServerSocket socket = new ServerSocket(port, 1, address)) {
        return socket.getLocalPort();
      } catch (IOException e) {
        // Somebody listens there.
      }
    }
    try (ServerSocket socket = new ServerSocket(0, 1, address)) {
      return socket.getLocalPort();
    }
  }
}
