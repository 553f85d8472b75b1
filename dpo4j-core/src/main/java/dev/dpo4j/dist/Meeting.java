/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.dist;

import dev.dpo4j.dist.Handshake.RefusedException;
import dev.dpo4j.dist.Handshake.StrangerException;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections with which a run begins.
 *
 * @param address the address of this machine by which the others reach it
 * @param guests the connections: to all others for rank 0, to rank 0 for the others
 */
record Meeting(String address, List<Guest> guests) {
  private static final Logger log = LoggerFactory.getLogger(Meeting.class);

  /**
   * The longest wait for the next bytes of a process that has not shown that it knows the secret.
   */
  private static final int HANDSHAKE_MILLIS = 10_000;

  private static final int ACCEPT_MILLIS = 100;
  private static final int CONNECT_MILLIS = 2_000;
  private static final long RETRY_MILLIS = 100;
  private static final int MOST_HANDSHAKES = 64;

  /** A connection that was agreed. */
  record Guest(Handshake.Agreed agreed, Socket socket) {}

  /** Those who have come to rank 0, whose handshakes go on at the same time. */
  private static final class Guests {
    private final Map<Integer, Guest> come = new TreeMap<>();
    private final Set<Integer> claimed = new HashSet<>();
    private @Nullable DistException over;

    synchronized List<Guest> all() {
      return List.copyOf(come.values());
    }

    synchronized boolean has(int rank) {
      return come.containsKey(rank);
    }

    /**
     * Keeps a rank for one who has shown that it knows the secret.
     *
     * @return false if another one has it already
     */
    synchronized boolean claim(int rank) {
      return claimed.add(rank);
    }

    /** Gives back a rank that was claimed by one who is gone before it was welcome. */
    synchronized void release(int rank) {
      claimed.remove(rank);
    }

    /** Adds one who has claimed its rank; who comes too late is told so. */
    synchronized void add(Guest guest) {
      come.put(guest.agreed().rank(), guest);
      if (over != null) {
        sendHome(guest, over);
      }
    }

    /** Tells those who have come, and those who still come, why there will be no run. */
    synchronized void end(DistException why) {
      over = why;
      come.values().forEach(guest -> sendHome(guest, why));
    }

    private static void sendHome(Guest guest, DistException why) {
      try (Socket socket = guest.socket()) {
        RankMessage.failed(why)
            .write(new DataOutputStream(socket.getOutputStream()), guest.agreed().sending());
      } catch (IOException e) {
        log.debug("rank {} was not told: {}", guest.agreed().rank(), e.toString());
      }
    }
  }

  /** Rank 0 waits until all others have come. */
  static Meeting invite(Ranks ranks, Duration timeout) throws IOException {
    InetAddress here = resolve(ranks);
    Guests guests = new Guests();
    ExecutorService handshakes = Executors.newFixedThreadPool(MOST_HANDSHAKES, Meeting::daemon);
    try (ServerSocket server = new ServerSocket()) {
      server.setReuseAddress(true);
      bind(server, here, ranks);
      server.setSoTimeout(ACCEPT_MILLIS);
      long end = System.nanoTime() + timeout.toNanos();
      while (guests.all().size() < ranks.worldSize() - 1) {
        if (System.nanoTime() > end) {
          throw missing(ranks, timeout, guests);
        }
        try {
          Socket socket = server.accept();
          handshakes.execute(() -> welcome(socket, ranks, guests));
        } catch (SocketTimeoutException e) {
          // Another look at the clock.
        }
      }
      return new Meeting(here.getHostAddress(), guests.all());
    } catch (DistException e) {
      guests.end(e);
      throw e;
    } finally {
      handshakes.shutdownNow();
    }
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "dpo4j-rank-handshake");
    thread.setDaemon(true);
    return thread;
  }

  private static void bind(ServerSocket server, InetAddress here, Ranks ranks) {
    try {
      server.bind(new InetSocketAddress(here, ranks.masterPort()), ranks.worldSize());
    } catch (IOException e) {
      throw new DistException(
          "rank 0 cannot listen at %s:%d (%s): MASTER_ADDR must be an address of rank 0's machine, and MASTER_PORT a port that no other program has"
              .formatted(ranks.masterAddr(), ranks.masterPort(), e.getMessage()),
          e);
    }
  }

  private static void welcome(Socket socket, Ranks ranks, Guests guests) {
    int[] claimed = {0};
    try {
      socket.setSoTimeout(HANDSHAKE_MILLIS);
      socket.setTcpNoDelay(true);
      Handshake.Agreed agreed =
          Handshake.accept(
              socket,
              ranks,
              rank -> {
                String refusal = refusal(rank, ranks, guests);
                claimed[0] = refusal.isEmpty() ? rank : 0;
                return refusal;
              });
      socket.setSoTimeout(0);
      guests.add(new Guest(agreed, socket));
    } catch (IOException e) {
      // A stranger, or a process that was told why it is refused; the run waits for its own.
      guests.release(claimed[0]);
      log.warn(
          "{} was not let in: {}",
          socket.getRemoteSocketAddress(),
          e instanceof RefusedException || e instanceof StrangerException
              ? e.getMessage()
              : "it did not say who it is (" + e.getMessage() + ")");
      close(socket);
    }
  }

  private static String refusal(int rank, Ranks ranks, Guests guests) {
    if (rank < 1 || rank >= ranks.worldSize()) {
      return "there is no rank %d beside rank 0 of %d".formatted(rank, ranks.worldSize());
    }
    return guests.claim(rank)
        ? ""
        : "another process is rank %d already: give each process a RANK of its own".formatted(rank);
  }

  private static DistException missing(Ranks ranks, Duration timeout, Guests guests) {
    List<Integer> missing =
        IntStream.range(1, ranks.worldSize()).filter(rank -> !guests.has(rank)).boxed().toList();
    return new DistException(
        missing.get(0),
        "%s %s did not come to %s:%d within %d s (ddp_timeout): see whether %s started, reaches this address and has the same %s"
            .formatted(
                missing.size() == 1 ? "rank" : "ranks",
                missing.stream().map(String::valueOf).collect(Collectors.joining(", ")),
                ranks.masterAddr(),
                ranks.masterPort(),
                timeout.toSeconds(),
                missing.size() == 1 ? "it" : "they",
                Ranks.SECRET));
  }

  /** Another rank goes to rank 0, which may not be there yet. */
  static Meeting visit(Ranks ranks, Duration timeout) throws IOException {
    long end = System.nanoTime() + timeout.toNanos();
    List<String> problems = new ArrayList<>(List.of("nothing was tried"));
    while (System.nanoTime() < end) {
      Socket socket = new Socket();
      try {
        socket.connect(new InetSocketAddress(resolve(ranks), ranks.masterPort()), CONNECT_MILLIS);
        socket.setTcpNoDelay(true);
        // Rank 0 answers when it looks; it need not look at once.
        socket.setSoTimeout(HANDSHAKE_MILLIS);
        Handshake.Agreed agreed = Handshake.join(socket, ranks);
        socket.setSoTimeout(0);
        return new Meeting(
            socket.getLocalAddress().getHostAddress(), List.of(new Guest(agreed, socket)));
      } catch (RefusedException e) {
        close(socket);
        throw new DistException(
            ranks.rank(), "rank 0 refuses rank %d: %s".formatted(ranks.rank(), e.getMessage()));
      } catch (StrangerException e) {
        close(socket);
        throw new DistException(
            0,
            "%s:%d %s: give all processes of a run the same %s, and each run a port of its own"
                .formatted(ranks.masterAddr(), ranks.masterPort(), e.getMessage(), Ranks.SECRET));
      } catch (IOException e) {
        close(socket);
        problems.set(0, String.valueOf(e.getMessage()));
        pause();
      }
    }
    throw new DistException(
        0,
        "rank %d did not reach rank 0 at %s:%d within %d s (ddp_timeout): %s"
            .formatted(
                ranks.rank(),
                ranks.masterAddr(),
                ranks.masterPort(),
                timeout.toSeconds(),
                problems.get(0)));
  }

  private static InetAddress resolve(Ranks ranks) throws UnknownHostException {
    try {
      return InetAddress.getByName(ranks.masterAddr());
    } catch (UnknownHostException e) {
      UnknownHostException plain =
          new UnknownHostException(
              "MASTER_ADDR is " + ranks.masterAddr() + ", a name that has no address here");
      plain.initCause(e);
      throw plain;
    }
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(RETRY_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DistException("interrupted while looking for rank 0", e);
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      return; // Nobody uses it any more.
    }
  }
}
