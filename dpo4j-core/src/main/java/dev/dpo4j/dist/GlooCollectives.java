/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.dist;

import dev.dpo4j.io.FreePort;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.tensor.gloo.GlooException;
import dev.dpo4j.tensor.gloo.GlooGroup;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Several processes: sums go through shared memory where all are on one machine, other tensors over
 * Gloo, all that is small over the connections of the {@link Rendezvous}, which also knows who is
 * missing.
 */
final class GlooCollectives implements Collectives {
  /** Names the network interface for Gloo, as with torch. */
  private static final String INTERFACE = "GLOO_SOCKET_IFNAME";

  /** How long it may take until a process that is lost is known by its rank. */
  private static final Duration NAMED_WITHIN = Duration.ofSeconds(3);

  private static final byte[] HERE = {};

  private final Ranks ranks;
  private final Rendezvous meeting;
  private final GlooGroup group;
  private final @Nullable SharedSums shared;
  private boolean failed;

  private GlooCollectives(
      Ranks ranks, Rendezvous meeting, GlooGroup group, @Nullable SharedSums shared) {
    this.ranks = ranks;
    this.meeting = meeting;
    this.group = group;
    this.shared = shared;
  }

  static GlooCollectives open(Ranks ranks, Duration timeout) {
    Rendezvous meeting = Rendezvous.join(ranks, timeout);
    try {
      String[] store =
          new String(
                  meeting.exchange(ranks.rank() == 0 ? store() : HERE).get(0),
                  StandardCharsets.US_ASCII)
              .split(" ", -1);
      GlooGroup group =
          GlooGroup.join(
              new GlooGroup.Place(
                  ranks.rank(),
                  ranks.worldSize(),
                  ranks.masterAddr(),
                  Integer.parseInt(store[0]),
                  meeting.address(),
                  networkInterface(),
                  store[1],
                  timeout));
      return new GlooCollectives(ranks, meeting, group, shared(ranks, meeting, timeout));
    } catch (GlooException e) {
      throw lost(meeting, ranks, e);
    } catch (RuntimeException e) {
      meeting.close();
      throw e;
    }
  }

  /** What processes of one machine need no network for. */
  private static @Nullable SharedSums shared(Ranks ranks, Rendezvous meeting, Duration timeout) {
    SharedMemory memory = SharedMemory.share(ranks, SharedMemory.folder(), meeting::exchange);
    return memory == null
        ? null
        : new SharedSums(
            memory,
            ranks,
            timeout,
            () ->
                meeting
                    .failure()
                    .ifPresent(
                        e -> {
                          throw e;
                        }));
  }

  private static @Nullable String networkInterface() {
    String given = System.getenv(INTERFACE);
    return given == null || given.isBlank() ? null : given;
  }

  /** A free port for Gloo's addresses, and a name that only the processes of the run know. */
  private static byte[] store() {
    try {
      return (FreePort.find() + " " + UUID.randomUUID()).getBytes(StandardCharsets.US_ASCII);
    } catch (IOException e) {
      throw new DistException("rank 0 finds no free port for Gloo: " + e.getMessage(), e);
    }
  }

  @Override
  public int rank() {
    return ranks.rank();
  }

  @Override
  public int size() {
    return ranks.worldSize();
  }

  @Override
  public void allReduceSum(Tensor tensor) {
    beginAllReduceSum(tensor).await();
  }

  @Override
  public Pending beginAllReduceSum(Tensor tensor) {
    if (shared != null && SharedSums.takes(tensor)) {
      return awaited(shared.allReduce(tensor));
    }
    GlooGroup.Begun begun = call(() -> group.beginAllReduceSum(tensor));
    return () -> run(begun::await);
  }

  @Override
  public double[] allReduceSum(double[] values) {
    ByteBuffer own = ByteBuffer.allocate(values.length * Double.BYTES);
    own.asDoubleBuffer().put(values);
    double[] sums = new double[values.length];
    for (byte[] part : allGather(own.array())) {
      double[] others = new double[values.length];
      ByteBuffer.wrap(part).asDoubleBuffer().get(others);
      for (int i = 0; i < sums.length; i++) {
        sums[i] += others[i];
      }
    }
    return sums;
  }

  @Override
  public List<byte[]> allGather(byte[] own) {
    return meeting.exchange(own);
  }

  @Override
  public void broadcast(Tensor tensor, int root) {
    run(() -> group.broadcast(tensor, root));
  }

  @Override
  public void reduceScatterSum(Tensor flat, Stretches slices) {
    if (shared != null && SharedSums.takes(flat)) {
      awaited(shared.reduceScatter(flat, slices)).await();
      return;
    }
    run(() -> group.reduceScatterSum(flat, slices::from, slices::to));
  }

  @Override
  public void allGather(Tensor flat, Stretches slices) {
    beginAllGather(flat, slices).await();
  }

  @Override
  public Pending beginAllGather(Tensor flat, Stretches slices) {
    if (shared != null && SharedSums.takes(flat)) {
      return awaited(shared.allGather(flat, slices));
    }
    GlooGroup.Begun begun = call(() -> group.beginAllGather(flat, slices::from, slices::to));
    return () -> run(begun::await);
  }

  @Override
  public void send(Tensor tensor, int to) {
    run(() -> group.send(tensor, to));
  }

  @Override
  public void receive(Tensor tensor, int from) {
    run(() -> group.receive(tensor, from));
  }

  @Override
  public long bytesSent() {
    return group.bytesSent() + (shared == null ? 0 : shared.bytesSent());
  }

  @Override
  public void barrier() {
    allGather(HERE);
  }

  /** Tells the others where this process waits no longer. */
  private Pending awaited(Pending begun) {
    return () -> {
      try {
        begun.await();
      } catch (DistException e) {
        fail(String.valueOf(e.getMessage()));
        throw e;
      }
    };
  }

  private void run(Runnable operation) {
    call(
        () -> {
          operation.run();
          return true;
        });
  }

  private <T> T call(Supplier<T> operation) {
    try {
      return operation.get();
    } catch (GlooException e) {
      failed = true;
      throw lost(meeting, ranks, e);
    }
  }

  /** Gloo says that a connection broke; the rendezvous knows whose. */
  private static DistException lost(Rendezvous meeting, Ranks ranks, GlooException broken) {
    long end = System.nanoTime() + NAMED_WITHIN.toNanos();
    Optional<DistException> known = meeting.failure();
    try {
      while (known.isEmpty() && System.nanoTime() < end) {
        Thread.sleep(20);
        known = meeting.failure();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (known.isPresent()) {
      return known.get();
    }
    String message = "%s: %s".formatted(ranks, broken.getMessage());
    meeting.fail(message);
    return new DistException(message, broken);
  }

  @Override
  public void fail(String why) {
    failed = true;
    meeting.fail(why);
    endShared();
  }

  @Override
  public void close() {
    meeting.close();
    endShared();
    // After a failure work may be under way whose memory Gloo still uses.
    if (!failed) {
      group.close();
    }
  }

  private void endShared() {
    if (shared != null) {
      shared.close();
    }
  }
}
