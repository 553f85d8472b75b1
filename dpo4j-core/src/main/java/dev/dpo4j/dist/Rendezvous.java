/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.dist;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where the processes of a run meet, and by which they know of each other's end.
 *
 * <p>Rank 0 listens at the master's address, at no other. Whoever connects must show that it knows
 * the secret of the run before it is told anything. The connections then stay: a process that ends,
 * that says why it fails or that falls silent for longer than the timeout is known to all others,
 * whatever they are waiting for. Messages carry an HMAC, but are not encrypted.
 *
 * <p>One thread exchanges and agrees; all others may ask and end.
 */
public final class Rendezvous implements AutoCloseable {
  private static final long MOST_PULSE_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final int PULSES = 5;

  private final Ranks ranks;
  private final Duration timeout;
  private final Map<Integer, Link> links = new ConcurrentHashMap<>();
  private final Map<Integer, BlockingQueue<byte[]>> parts = new ConcurrentHashMap<>();
  private final List<Consumer<DistException>> listeners = new CopyOnWriteArrayList<>();
  private final Object changing = new Object();
  private final String address;
  private @Nullable DistException failure;
  private boolean closed;

  private Rendezvous(Ranks ranks, Duration timeout, Meeting meeting) {
    this.ranks = ranks;
    this.timeout = timeout;
    this.address = meeting.address();
    for (Meeting.Guest guest : meeting.guests()) {
      parts.put(guest.agreed().rank(), new LinkedBlockingQueue<>());
    }
    for (Meeting.Guest guest : meeting.guests()) {
      int rank = guest.agreed().rank();
      links.put(
          rank,
          Link.open(
              guest.agreed(),
              guest.socket(),
              frame -> take(rank, frame),
              broken -> fail(gone(rank, broken))));
    }
    Thread pulse = new Thread(this::pulse, "dpo4j-rank-pulse");
    pulse.setDaemon(true);
    pulse.start();
  }

  /**
   * Meets the other processes; returns when all are here.
   *
   * @param timeout the longest wait for another process, here and later
   * @throws DistException if a process does not come, does not know the secret, or is there twice
   */
  public static Rendezvous join(Ranks ranks, Duration timeout) {
    try {
      Meeting meeting =
          ranks.rank() == 0 ? Meeting.invite(ranks, timeout) : Meeting.visit(ranks, timeout);
      return new Rendezvous(ranks, timeout, meeting);
    } catch (IOException e) {
      throw new DistException(
          "%s cannot meet the other processes: %s".formatted(ranks, e.getMessage()), e);
    }
  }

  /** The address of this machine by which the others of the run are reached. */
  public String address() {
    return address;
  }

  /**
   * Gives each process what every process has given, in the order of the ranks.
   *
   * @throws DistException if one of them does not answer in time, or has failed
   */
  public List<byte[]> exchange(byte[] own) {
    if (ranks.rank() != 0) {
      send(0, RankMessage.part(own));
      return Parts.split(receive(0), ranks.worldSize());
    }
    List<byte[]> all = new ArrayList<>();
    all.add(own.clone());
    for (int rank = 1; rank < ranks.worldSize(); rank++) {
      all.add(receive(rank));
    }
    RankMessage joined = RankMessage.part(Parts.join(all));
    links.values().forEach(link -> link.send(joined));
    return all;
  }

  /** What keeps the processes from going on, once there is something. */
  public Optional<DistException> failure() {
    synchronized (changing) {
      return Optional.ofNullable(failure);
    }
  }

  /** Asks to be told once when another process is lost, in a thread of its own. */
  public void onFailure(Consumer<DistException> listener) {
    listeners.add(listener);
    failure().ifPresent(listener);
  }

  /** Tells all others why this process fails, and leaves. */
  public void fail(String why) {
    DistException mine =
        new DistException(ranks.rank(), "rank %d failed: %s".formatted(ranks.rank(), why));
    if (begin(mine)) {
      leave(RankMessage.failed(mine));
    }
  }

  /** Says good-bye to the others; what they still do together, they do without this process. */
  @Override
  public void close() {
    leave(RankMessage.bye());
  }

  private void leave(RankMessage last) {
    synchronized (changing) {
      if (closed) {
        return;
      }
      closed = true;
    }
    links.values().forEach(link -> link.send(last));
    links.values().forEach(link -> link.close(RankMessage.bye()));
  }

  private boolean isClosed() {
    synchronized (changing) {
      return closed;
    }
  }

  private void send(int rank, RankMessage frame) {
    failure().ifPresent(Rendezvous::rethrow);
    link(rank).send(frame);
  }

  private Link link(int rank) {
    @Nullable Link link = links.get(rank);
    if (link == null) {
      throw new IllegalStateException("no connection to rank " + rank);
    }
    return link;
  }

  private byte[] receive(int rank) {
    BlockingQueue<byte[]> queue = parts.getOrDefault(rank, new LinkedBlockingQueue<>());
    long end = System.nanoTime() + timeout.toNanos();
    try {
      while (true) {
        boolean hasLeft = link(rank).hasLeft(); // Before looking for what it sent.
        byte @Nullable [] part = queue.poll(20, TimeUnit.MILLISECONDS);
        if (part != null) {
          return part;
        }
        failure().ifPresent(Rendezvous::rethrow);
        if (isClosed()) {
          throw new DistException("this process has left the run");
        } else if (hasLeft) {
          fail(new DistException(rank, "rank %d has left before the others".formatted(rank)));
        } else if (System.nanoTime() > end) {
          fail(silent(rank, "has not come to the place where the others wait for it"));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DistException("interrupted while waiting for rank " + rank, e);
    }
  }

  private static void rethrow(DistException failure) {
    throw new DistException(failure.rank(), String.valueOf(failure.getMessage()));
  }

  private void take(int rank, RankMessage frame) {
    switch (frame.kind()) {
      case PART -> parts.getOrDefault(rank, new LinkedBlockingQueue<>()).add(frame.bytes());
      case FAILED -> fail(frame.failure());
      default -> {
        // That something came is all that it says.
      }
    }
  }

  /** Remembers why the run cannot go on, tells the others and those who asked. */
  private void fail(DistException why) {
    if (!begin(why)) {
      return;
    }
    if (ranks.rank() == 0) {
      links.values().forEach(link -> link.send(RankMessage.failed(why)));
    }
    Thread teller =
        new Thread(() -> listeners.forEach(listener -> listener.accept(why)), "dpo4j-rank-failure");
    teller.setDaemon(true);
    teller.start();
  }

  private boolean begin(DistException why) {
    synchronized (changing) {
      if (failure != null || closed) {
        return false;
      }
      failure = why;
      return true;
    }
  }

  private static DistException gone(int rank, IOException broken) {
    String how = broken.getMessage();
    return new DistException(
        rank,
        "rank %d is gone: its connection ended%s. Its own messages say why it ended"
            .formatted(rank, how == null ? "" : " (" + how + ")"));
  }

  private DistException silent(int rank, String what) {
    return new DistException(
        rank,
        "rank %d %s for %d s (ddp_timeout): it hangs, is stopped, or its machine cannot be reached"
            .formatted(rank, what, timeout.toSeconds()));
  }

  /** Tells the others that this process lives, and looks whether they do. */
  private void pulse() {
    long pause = Math.max(1, Math.min(MOST_PULSE_NANOS, timeout.toNanos() / PULSES));
    try {
      while (!isClosed() && failure().isEmpty()) {
        for (Link link : links.values()) {
          link.send(RankMessage.alive());
          if (link.silentNanos() > timeout.toNanos() && !link.hasLeft()) {
            fail(silent(link.rank(), "has not answered"));
          }
        }
        TimeUnit.NANOSECONDS.sleep(pause);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
