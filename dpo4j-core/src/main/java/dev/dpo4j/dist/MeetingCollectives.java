/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.dist;

import dev.dpo4j.tensor.Backend;
import dev.dpo4j.tensor.Backends;
import dev.dpo4j.tensor.DeviceException;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.tensor.gloo.GlooException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Several processes: all that is small goes over the connections of the {@link Rendezvous}, which
 * also knows who is missing.
 */
abstract class MeetingCollectives implements Collectives {
  /** How long it may take until a process that is lost is known by its rank. */
  private static final Duration NAMED_WITHIN = Duration.ofSeconds(3);

  private static final byte[] HERE = {};

  final Ranks ranks;
  final Rendezvous meeting;

  MeetingCollectives(Ranks ranks, Rendezvous meeting) {
    this.ranks = ranks;
    this.meeting = meeting;
  }

  /** Meets the other processes: on cards they exchange tensors by NCCL, else over Gloo. */
  static MeetingCollectives open(Ranks ranks, Duration timeout) {
    Rendezvous meeting = Rendezvous.join(ranks, timeout);
    try {
      Backend.PeerDoor door = Backends.peers();
      CardPlaces.check(meeting.exchange(CardPlaces.own(door)));
      return door == null
          ? GlooCollectives.open(ranks, meeting, timeout)
          : NcclCollectives.open(ranks, meeting, door, timeout);
    } catch (GlooException | DeviceException e) {
      throw lost(meeting, ranks, e);
    } catch (RuntimeException e) {
      meeting.close();
      throw e;
    }
  }

  @Override
  public final int rank() {
    return ranks.rank();
  }

  @Override
  public final int size() {
    return ranks.worldSize();
  }

  @Override
  public final double[] allReduceSum(double[] values) {
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
  public final List<byte[]> allGather(byte[] own) {
    return meeting.exchange(own);
  }

  @Override
  public final void allReduceSum(Tensor tensor) {
    beginAllReduceSum(tensor).await();
  }

  @Override
  public final void allGather(Tensor flat, Stretches slices) {
    beginAllGather(flat, slices).await();
  }

  @Override
  public final void barrier() {
    allGather(HERE);
  }

  /** Gloo and NCCL say that a connection broke; the rendezvous knows whose. */
  static DistException lost(Rendezvous meeting, Ranks ranks, RuntimeException broken) {
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
}
