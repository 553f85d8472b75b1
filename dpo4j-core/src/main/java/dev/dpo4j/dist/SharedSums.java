/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.dist;

import dev.dpo4j.dist.SharedMemory.Mark;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Sums over the processes of one machine through memory that they share.
 *
 * <p>Each process owns a part of what is summed: it adds what all have there, in the order of the
 * ranks, so that the sums are the same bytes each time. The work is done by one thread, operation
 * after operation, in rounds that fit into the shared memory.
 */
final class SharedSums implements AutoCloseable {
  private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

  /** Numbers that are added at once, in arrays that stay in the innermost cache. */
  private static final int CHUNK = 4096;

  /** Looks at a mark before the thread sleeps. */
  private static final int GLANCES = 100;

  private static final long NAP_NANOS = 20_000;
  private static final int NAPS_PER_LOOK = 500;

  private final SharedMemory memory;
  private final int rank;
  private final int size;
  private final Duration timeout;
  private final Runnable others;
  private final ExecutorService worker =
      Executors.newSingleThreadExecutor(
          work -> {
            Thread thread = new Thread(work, "dpo4j-shared-sums");
            thread.setDaemon(true);
            return thread;
          });
  private final float[] sums = new float[CHUNK];
  private final float[] addends = new float[CHUNK];
  private volatile boolean ended;
  private long rounds;
  private long bytesSent;

  /**
   * Sums through this memory.
   *
   * @param timeout after which waiting for another process is given up
   * @param others throws what is known of a process that is lost
   */
  SharedSums(SharedMemory memory, Ranks ranks, Duration timeout, Runnable others) {
    this.memory = memory;
    this.rank = ranks.rank();
    this.size = ranks.worldSize();
    this.timeout = timeout;
    this.others = others;
  }

  /** Whether a tensor can be summed here. */
  static boolean takes(Tensor tensor) {
    try (Scope scope = Scope.open()) {
      return tensor.dtype() == DType.FLOAT32
          && (tensor.count() == 0 || tensor.view(-1).narrow(0, 0, 1).memory() != null);
    }
  }

  /** What goes through the memory at once: a part for each process, which owns it. */
  private record Round(List<ByteBuffer> parts) {}

  /** Begins {@link Collectives#allReduceSum(Tensor)}. */
  Collectives.Pending allReduce(Tensor tensor) {
    // Half of it are the sums, of which each process gets its part, half what it hands on.
    bytesSent += 2 * tensor.count() * Float.BYTES * (size - 1) / size;
    List<Round> all = new ArrayList<>();
    try (Scope scope = Scope.open()) {
      Tensor flat = tensor.view(-1);
      long most = (long) size * part();
      for (long at = 0; at < flat.count(); at += most) {
        long begin = at;
        Stretches even = Stretches.even(Math.min(most, flat.count() - at), size, 1);
        all.add(round(flat, owner -> begin + even.from(owner), owner -> begin + even.to(owner)));
      }
    }
    return begin(all, true, true);
  }

  /** Begins {@link Collectives#reduceScatterSum}. */
  Collectives.Pending reduceScatter(Tensor flat, Stretches slices) {
    bytesSent += (flat.count() - slices.count(rank)) * Float.BYTES;
    return begin(rounds(flat, slices), true, false);
  }

  /** Begins {@link Collectives#allGather(Tensor, Stretches)}. */
  Collectives.Pending allGather(Tensor flat, Stretches slices) {
    bytesSent += slices.count(rank) * Float.BYTES * (size - 1);
    return begin(rounds(flat, slices), false, true);
  }

  /** Bytes that this process has given to the others. */
  long bytesSent() {
    return bytesSent;
  }

  private int part() {
    return memory.partBytes() / Float.BYTES;
  }

  private List<Round> rounds(Tensor flat, Stretches slices) {
    List<Round> all = new ArrayList<>();
    try (Scope scope = Scope.open()) {
      for (long at = 0; at < slices.longest(); at += part()) {
        long begin = at;
        all.add(
            round(
                flat,
                owner -> Math.min(slices.to(owner), slices.from(owner) + begin),
                owner -> Math.min(slices.to(owner), slices.from(owner) + begin + part())));
      }
    }
    return all;
  }

  private interface Border {
    long of(int owner);
  }

  private Round round(Tensor flat, Border from, Border to) {
    List<ByteBuffer> parts = new ArrayList<>();
    for (int owner = 0; owner < size; owner++) {
      long begin = from.of(owner);
      long count = to.of(owner) - begin;
      parts.add(count == 0 ? EMPTY : Objects.requireNonNull(flat.narrow(0, begin, count).memory()));
    }
    return new Round(parts);
  }

  private Collectives.Pending begin(List<Round> all, boolean sum, boolean share) {
    Future<?> work = worker.submit(() -> go(all, sum, share));
    return () -> await(work);
  }

  private static void await(Future<?> work) {
    try {
      work.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof DistException known) {
        throw new DistException(known.rank(), String.valueOf(known.getMessage()));
      }
      throw new IllegalStateException("summing in shared memory failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DistException("interrupted while waiting for sums over all processes", e);
    }
  }

  /** While the others read a round, the next one is summed and the one after it is written. */
  private void go(List<Round> all, boolean sum, boolean share) {
    long first = rounds;
    rounds += all.size();
    for (int i = -2; i < all.size(); i++) {
      if (ended) {
        throw new DistException("this process has left the run");
      }
      if (i + 2 < all.size()) {
        write(all.get(i + 2), first + i + 2, sum);
      }
      if (sum && i + 1 >= 0 && i + 1 < all.size()) {
        sum(all.get(i + 1), first + i + 1, share);
      }
      if (i >= 0) {
        if (share) {
          read(all.get(i), first + i, sum ? Mark.SUMMED : Mark.WRITTEN);
        }
        memory.mark(Mark.READ, rank, first + i + 1);
      }
    }
  }

  /** Gives each process what is summed by it, or all processes what this one owns. */
  private void write(Round round, long number, boolean sum) {
    await(Mark.READ, number + 1 - SharedMemory.SLOTS);
    for (int owner = 0; owner < size; owner++) {
      if (sum == (owner != rank)) {
        ByteBuffer part = round.parts().get(owner);
        memory.bytes().put(memory.at(rank, number, owner), part, 0, part.capacity());
      }
    }
    memory.mark(Mark.WRITTEN, rank, number + 1);
  }

  private void sum(Round round, long number, boolean share) {
    await(Mark.WRITTEN, number + 1);
    FloatBuffer own = floats(round.parts().get(rank));
    FloatBuffer shared = floats(memory.bytes());
    int to = memory.at(rank, number, rank) / Float.BYTES;
    for (int at = 0; at < own.capacity(); at += CHUNK) {
      int count = Math.min(CHUNK, own.capacity() - at);
      for (int other = 0; other < size; other++) {
        float[] into = other == 0 ? sums : addends;
        if (other == rank) {
          own.get(at, into, 0, count);
        } else {
          shared.get(memory.at(other, number, rank) / Float.BYTES + at, into, 0, count);
        }
        if (other > 0) {
          for (int i = 0; i < count; i++) {
            sums[i] += addends[i];
          }
        }
      }
      own.put(at, sums, 0, count);
      if (share) {
        shared.put(to + at, sums, 0, count);
      }
    }
    memory.mark(Mark.SUMMED, rank, number + 1);
  }

  private static FloatBuffer floats(ByteBuffer bytes) {
    return bytes.order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  private void read(Round round, long number, Mark mark) {
    for (int owner = 0; owner < size; owner++) {
      if (owner != rank) {
        await(mark, owner, number + 1);
        ByteBuffer part = round.parts().get(owner);
        part.put(0, memory.bytes(), memory.at(owner, number, owner), part.capacity());
      }
    }
  }

  private void await(Mark mark, long wanted) {
    for (int other = 0; other < size; other++) {
      await(mark, other, wanted);
    }
  }

  private void await(Mark mark, int other, long wanted) {
    for (int glance = 0; glance < GLANCES; glance++) {
      if (memory.marked(mark, other) >= wanted) {
        return;
      }
      Thread.onSpinWait();
    }
    long end = System.nanoTime() + timeout.toNanos();
    for (int nap = 1; memory.marked(mark, other) < wanted; nap++) {
      LockSupport.parkNanos(NAP_NANOS);
      if (nap % NAPS_PER_LOOK == 0) {
        others.run();
      }
      if (ended || Thread.currentThread().isInterrupted()) {
        throw new DistException("this process has left the run");
      } else if (System.nanoTime() > end) {
        throw new DistException(
            other,
            "rank %d has not come to a sum over all processes for %d s (ddp_timeout): it hangs, is stopped, or has ended"
                .formatted(other, timeout.toSeconds()));
      }
    }
  }

  /** Ends what is under way, and waits until it touches no tensor any more. */
  @Override
  public void close() {
    ended = true;
    worker.shutdown();
    try {
      if (!worker.awaitTermination(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
        worker.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
