/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.dist;

import dev.dpo4j.tensor.Backend;
import dev.dpo4j.tensor.DeviceException;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Several processes with a card each: tensors go from card to card by NCCL. */
final class NcclCollectives extends MeetingCollectives {
  private static final byte[] NOTHING = {};

  /** Looks at the cards before the thread sleeps. */
  private static final int GLANCES = 100;

  private static final long NAP_NANOS = 20_000;
  private static final int NAPS_PER_LOOK = 50;
  private static final long LOOK_MILLIS = 20;

  /** How long the end of a group may take; it is of no use to anybody any more. */
  private static final Duration PARTING = Duration.ofSeconds(10);

  private final Backend.Peers peers;
  private final Duration timeout;
  private volatile boolean failed;
  private long bytesSent;

  private NcclCollectives(Ranks ranks, Rendezvous meeting, Backend.Peers peers, Duration timeout) {
    super(ranks, meeting);
    this.peers = peers;
    this.timeout = timeout;
  }

  static NcclCollectives open(
      Ranks ranks, Rendezvous meeting, Backend.PeerDoor door, Duration timeout) {
    byte[] version = SameText.bytes(door.version());
    SameText.check(
            "version of NCCL", meeting.exchange(version), "install the same PyTorch everywhere")
        .ifPresent(
            difference -> {
              throw difference;
            });
    byte[] group = meeting.exchange(ranks.rank() == 0 ? door.found() : NOTHING).get(0);
    Backend.Peers peers =
        joined(meeting, timeout, () -> door.join(group, ranks.rank(), ranks.worldSize()));
    NcclCollectives all = new NcclCollectives(ranks, meeting, peers, timeout);
    // Whatever this process waits for, in NCCL or for its own card, ends then.
    meeting.onFailure(lost -> all.part());
    return all;
  }

  /** Waits in a thread of its own for what may wait for ever for a process that is gone. */
  private static Backend.Peers joined(
      Rendezvous meeting, Duration timeout, Supplier<Backend.Peers> joining) {
    CompletableFuture<Backend.Peers> joined = inBackground(joining);
    long end = System.nanoTime() + timeout.toNanos();
    while (true) {
      try {
        return joined.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        meeting
            .failure()
            .ifPresent(
                known -> {
                  throw new DistException(known.rank(), String.valueOf(known.getMessage()));
                });
        if (System.nanoTime() > end) {
          throw new DeviceException(
              "the cards of all processes did not come together within %d s (ddp_timeout); NCCL_DEBUG=INFO in the environment shows what NCCL tries"
                  .formatted(timeout.toSeconds()));
        }
      } catch (ExecutionException e) {
        if (e.getCause() instanceof DeviceException failure) {
          throw failure;
        }
        throw new IllegalStateException("joining the other cards failed", e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new DistException("interrupted while joining the other cards", e);
      }
    }
  }

  private static <T> CompletableFuture<T> inBackground(Supplier<T> work) {
    return CompletableFuture.supplyAsync(
        work,
        task -> {
          Thread thread = new Thread(task, "dpo4j-nccl");
          thread.setDaemon(true);
          thread.start();
        });
  }

  @Override
  public boolean joinsCards() {
    return true;
  }

  @Override
  public Pending beginAllReduceSum(Tensor tensor) {
    // A ring: all but one part of the tensor go around twice.
    bytesSent += 2 * bytes(tensor) * (size() - 1) / size();
    return begin(() -> peers.allReduceSum(tensor));
  }

  @Override
  public void broadcast(Tensor tensor, int root) {
    bytesSent += rank() == root ? bytes(tensor) * (size() - 1) : 0;
    begin(() -> peers.broadcast(tensor, root)).await();
  }

  @Override
  public void reduceScatterSum(Tensor flat, Stretches slices) {
    bytesSent += (flat.count() - slices.count(rank())) * flat.dtype().byteSize();
    begin(() -> peers.reduceScatterSum(flat, borders(slices))).await();
  }

  @Override
  public Pending beginAllGather(Tensor flat, Stretches slices) {
    bytesSent += slices.count(rank()) * flat.dtype().byteSize() * (size() - 1);
    return begin(() -> peers.allGather(flat, borders(slices)));
  }

  private static long[] borders(Stretches slices) {
    return IntStream.rangeClosed(0, slices.size())
        .mapToLong(rank -> rank == 0 ? 0 : slices.to(rank - 1))
        .toArray();
  }

  @Override
  public void send(Tensor tensor, int to) {
    bytesSent += bytes(tensor);
    // What is left to the host is brought to the card first.
    try (Scope scope = Scope.open()) {
      Tensor onCard = Tensor.empty(tensor.dtype(), tensor.shape());
      onCard.copy_(tensor);
      begin(() -> peers.send(onCard, to)).await();
    }
  }

  @Override
  public void receive(Tensor tensor, int from) {
    begin(() -> peers.receive(tensor, from)).await();
  }

  @Override
  public long bytesSent() {
    return bytesSent;
  }

  private static long bytes(Tensor tensor) {
    return tensor.count() * tensor.dtype().byteSize();
  }

  private Pending begin(Supplier<Backend.Work> operation) {
    Backend.Work work = call(operation);
    return () -> await(work);
  }

  /**
   * Waits for the cards. The thread itself waits, and not only the card: so what another process
   * never sends is never computed with.
   */
  private void await(Backend.Work work) {
    for (int glance = 0; glance < GLANCES; glance++) {
      if (call(work::isDone)) {
        return;
      }
      Thread.onSpinWait();
    }
    long end = System.nanoTime() + timeout.toNanos();
    for (int nap = 1; !call(work::isDone); nap++) {
      LockSupport.parkNanos(NAP_NANOS);
      if (nap % NAPS_PER_LOOK == 0) {
        meeting
            .failure()
            .ifPresent(
                known -> {
                  part();
                  throw new DistException(known.rank(), String.valueOf(known.getMessage()));
                });
      }
      if (System.nanoTime() > end) {
        part();
        throw lost(
            meeting,
            ranks,
            new DeviceException(
                "another process has not come to a sum over all processes for %d s (ddp_timeout): it hangs, is stopped, or has ended"
                    .formatted(timeout.toSeconds())));
      }
    }
  }

  private <T> T call(Supplier<T> operation) {
    try {
      return operation.get();
    } catch (DeviceException e) {
      DistException why = lost(meeting, ranks, e);
      part();
      throw why;
    }
  }

  /** Ends what the cards wait for. */
  private void part() {
    failed = true;
    peers.abort();
  }

  @Override
  public void fail(String why) {
    meeting.fail(why);
    part();
  }

  @Override
  public void close() {
    meeting.close();
    if (!failed) {
      CompletableFuture<Boolean> parted =
          inBackground(
              () -> {
                peers.close();
                return true;
              });
      try {
        parted.get(PARTING.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException | ExecutionException e) {
        // The end of the process parts them.
        return;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
