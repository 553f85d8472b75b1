/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.gloo;

import com.sun.jna.Function;
import com.sun.jna.LastErrorException;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A socket that listens at one address, for the store of c10d: left alone, it listens at all
 * addresses of the machine. Java does not give away the number of a socket of its own, so this one
 * is made by the C library of Linux.
 */
final class StoreSocket {
  /** What stands for no socket: the store opens its own. */
  static final int NONE = -1;

  private static final Logger log = LoggerFactory.getLogger(StoreSocket.class);

  private static final int INET = 2;
  private static final int INET6 = 10;
  private static final int INET_BYTES = 16;
  private static final int INET6_BYTES = 28;
  private static final int STREAM = 1;
  private static final int CLOSED_IN_CHILDREN = 0x80000;
  private static final int SOCKET_LEVEL = 1;
  private static final int REUSE_ADDRESS = 2;
  private static final int BACKLOG = 2048;

  private StoreSocket() {}

  /**
   * Listens.
   *
   * @param host an address of this machine, or a name of one
   * @return the number of the socket, or {@link #NONE} where that cannot be had: on systems other
   *     than Linux, and where JNA does not start
   * @throws GlooException if the address is none of this machine's, or the port is taken
   */
  static int listen(String host, int port) {
    if (!System.getProperty("os.name").startsWith("Linux")) {
      return NONE;
    }
    try {
      return listen(InetAddress.getByName(host), port);
    } catch (IOException | LastErrorException e) {
      throw new GlooException(
          "rank 0 cannot listen at %s:%d for the addresses of the other processes: %s"
              .formatted(host, port, e.getMessage()),
          e);
    } catch (LinkageError e) {
      log.warn(
          "JNA does not start ({}), so Gloo's store of addresses listens at all addresses of this"
              + " machine instead of {} alone",
          e.getMessage(),
          host);
      return NONE;
    }
  }

  private static int listen(InetAddress address, int port) {
    boolean six = address instanceof Inet6Address;
    int socket = call("socket", six ? INET6 : INET, STREAM | CLOSED_IN_CHILDREN, 0);
    try {
      call("setsockopt", socket, SOCKET_LEVEL, REUSE_ADDRESS, new int[] {1}, Integer.BYTES);
      byte[] place = six ? six((Inet6Address) address, port) : four(address, port);
      call("bind", socket, place, place.length);
      call("listen", socket, BACKLOG);
      return socket;
    } catch (LastErrorException e) {
      call("close", socket);
      throw e;
    }
  }

  /** {@code struct sockaddr_in}: family, port, address, eight zeros. */
  private static byte[] four(InetAddress address, int port) {
    return start(INET_BYTES, INET, port).put(address.getAddress()).array();
  }

  /** {@code struct sockaddr_in6}: family, port, flow, address, number of the interface. */
  private static byte[] six(Inet6Address address, int port) {
    return start(INET6_BYTES, INET6, port)
        .putInt(0)
        .put(address.getAddress())
        .order(ByteOrder.nativeOrder())
        .putInt(address.getScopeId())
        .array();
  }

  private static ByteBuffer start(int bytes, int family, int port) {
    return ByteBuffer.allocate(bytes)
        .order(ByteOrder.nativeOrder())
        .putShort((short) family)
        .order(ByteOrder.BIG_ENDIAN)
        .putShort((short) port);
  }

  /** Calls a function of the C library, whose error becomes an exception. */
  private static int call(String name, Object... arguments) {
    return NativeLibrary.getInstance(Platform.C_LIBRARY_NAME)
        .getFunction(name, Function.THROW_LAST_ERROR)
        .invokeInt(arguments);
  }
}
