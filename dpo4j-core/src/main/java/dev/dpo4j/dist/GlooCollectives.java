/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.dist;

import dev.dpo4j.io.FreePort;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.tensor.gloo.GlooException;
import dev.dpo4j.tensor.gloo.GlooGroup;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Several processes on processors: sums go through shared memory where all are on one machine,
 * other tensors over Gloo.
 */
final class GlooCollectives extends MeetingCollectives {
  /** Names the network interface for Gloo, as with torch. */
  private static final String INTERFACE = "GLOO_SOCKET_IFNAME";

  private static final byte[] NOTHING = {};

  private final GlooGroup group;
  private final @Nullable SharedSums shared;
  private boolean failed;

  private GlooCollectives(
      Ranks ranks, Rendezvous meeting, GlooGroup group, @Nullable SharedSums shared) {
    super(ranks, meeting);
    this.group = group;
    this.shared = shared;
  }

  static GlooCollectives open(Ranks ranks, Rendezvous meeting, Duration timeout) {
    String[] store =
        new String(
                meeting.exchange(ranks.rank() == 0 ? store() : NOTHING).get(0),
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
  public Pending beginAllReduceSum(Tensor tensor) {
    if (shared != null && SharedSums.takes(tensor)) {
      return awaited(shared.allReduce(tensor));
    }
    GlooGroup.Begun begun = call(() -> group.beginAllReduceSum(tensor));
    return () -> run(begun::await);
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
