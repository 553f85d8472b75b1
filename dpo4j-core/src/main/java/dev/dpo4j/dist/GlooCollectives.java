/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.dist;

import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.tensor.gloo.GlooException;
import dev.dpo4j.tensor.gloo.GlooGroup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Collective operations over Gloo, whose failures say which processes were missing. */
final class GlooCollectives implements Collectives {
  /** How long the processes that are left have to tell that they are. */
  private static final Duration ROLL_CALL = Duration.ofSeconds(2);

  private final GlooGroup group;
  private final int rank;
  private final int size;
  private final Duration timeout;
  private boolean failed;

  private GlooCollectives(GlooGroup group, int rank, int size, Duration timeout) {
    this.group = group;
    this.rank = rank;
    this.size = size;
    this.timeout = timeout;
  }

  static GlooCollectives open(Ranks ranks, Duration timeout) {
    try {
      GlooGroup group =
          GlooGroup.join(
              new GlooGroup.Place(
                  ranks.rank(),
                  ranks.worldSize(),
                  ranks.masterAddr(),
                  ranks.masterPort(),
                  ranks.masterAddr(),
                  null,
                  "dpo4j",
                  timeout));
      return new GlooCollectives(group, ranks.rank(), ranks.worldSize(), timeout);
    } catch (GlooException e) {
      throw new DistException(
          "rank %d of %d: %s. Are all processes started, and does each reach MASTER_ADDR?"
              .formatted(ranks.rank(), ranks.worldSize(), e.getMessage()),
          e);
    }
  }

  @Override
  public int rank() {
    return rank;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public void allReduceSum(Tensor tensor) {
    run(() -> group.allReduceSum(tensor));
  }

  @Override
  public double[] allReduceSum(double[] values) {
    return get(
        () -> {
          try (Scope scope = Scope.open()) {
            Tensor tensor = Tensor.ofDoubles(values, values.length);
            group.allReduceSum(tensor);
            return tensor.toDoubles();
          }
        });
  }

  @Override
  public List<byte[]> allGather(byte[] own) {
    return get(() -> group.allGather(own));
  }

  @Override
  public void broadcast(Tensor tensor, int root) {
    run(() -> group.broadcast(tensor, root));
  }

  @Override
  public void barrier() {
    run(group::barrier);
  }

  private void run(Runnable operation) {
    get(
        () -> {
          operation.run();
          return true;
        });
  }

  private <T> T get(Supplier<T> operation) {
    try {
      return operation.get();
    } catch (GlooException e) {
      failed = true;
      throw new DistException(
          "rank %d of %d: %s, so %s. The others stop, too; start the run again with"
                  .formatted(rank, size, e.getMessage(), missing())
              + " resume_from_checkpoint auto (waiting ends after ddp_timeout, "
              + timeout.toSeconds()
              + " s).",
          e);
    }
  }

  /** Calls the roll: who is still there answers through the store of rank 0. */
  private String missing() {
    try {
      group.note("failed/" + rank, "here");
      long end = System.nanoTime() + ROLL_CALL.toNanos();
      List<Integer> absent = absent();
      while (!absent.isEmpty() && System.nanoTime() < end) {
        Thread.sleep(50);
        absent = absent();
      }
      return absent.isEmpty()
          ? "the processes have lost one another"
          : "rank "
              + String.join(", ", absent.stream().map(String::valueOf).toList())
              + " is gone or hangs";
    } catch (GlooException e) {
      return "rank 0 is gone or hangs";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "a process is gone or hangs";
    }
  }

  private List<Integer> absent() {
    List<Integer> absent = new ArrayList<>();
    for (int other = 0; other < size; other++) {
      if (!group.isNoted("failed/" + other)) {
        absent.add(other);
      }
    }
    return absent;
  }

  @Override
  public void close() {
    if (!failed) {
      group.close();
    }
  }
}
