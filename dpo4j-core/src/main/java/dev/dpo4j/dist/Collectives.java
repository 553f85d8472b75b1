/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.dist;

import dev.dpo4j.tensor.Tensor;
import java.time.Duration;
import java.util.List;

/**
 * What the processes of a run do together.
 *
 * <p>All of them call the same operations in the same order. Every wait ends: after the timeout of
 * the group an operation fails with a {@link DistException}.
 */
public interface Collectives extends AutoCloseable {
  /** The number of this process, from 0. */
  int rank();

  /** The number of processes. */
  int size();

  /** Replaces the numbers of a contiguous tensor by their sums over all processes. */
  void allReduceSum(Tensor tensor);

  /**
   * Begins what {@link #allReduceSum(Tensor)} does; until the end is awaited nobody may touch the
   * numbers. All processes begin and await in the same order.
   */
  Pending beginAllReduceSum(Tensor tensor);

  /** Work that goes on beside what the process computes. */
  @FunctionalInterface
  interface Pending {
    /** Waits for the end of the work. */
    void await();
  }

  /** The sums over all processes of arrays of the same length. */
  double[] allReduceSum(double[] values);

  /** What each process gives, in the order of the ranks; it may be of any length. */
  List<byte[]> allGather(byte[] own);

  /** Replaces the numbers of a contiguous tensor by those of the process {@code root}. */
  void broadcast(Tensor tensor, int root);

  /**
   * Adds the numbers of a flat tensor over all processes; each process then has the sums of the
   * stretch that it owns, and what it had elsewhere.
   */
  void reduceScatterSum(Tensor flat, Stretches slices);

  /** Replaces each stretch of a flat tensor by what its owner has there. */
  void allGather(Tensor flat, Stretches slices);

  /**
   * Begins what {@link #allGather(Tensor, Stretches)} does; until the end is awaited nobody may
   * touch the numbers. All processes begin and await in the same order.
   */
  Pending beginAllGather(Tensor flat, Stretches slices);

  /** Gives the numbers of a contiguous tensor to another process, which {@link #receive}s them. */
  void send(Tensor tensor, int to);

  /** Takes the numbers of a contiguous tensor from a process that {@link #send}s them. */
  void receive(Tensor tensor, int from);

  /**
   * The bytes of tensors that this process has given to others so far, counted as each algorithm
   * sends them, without the protocols below.
   */
  long bytesSent();

  /** Waits until all processes are here. */
  void barrier();

  /**
   * Compares a text, such as a configuration or the checksum of data, with that of the others.
   *
   * @param what its name in the message, such as {@code configuration}
   * @param value the text of this process
   * @param remedy what to do where the texts differ
   * @throws DistException in all processes, if one has another text than rank 0
   */
  default void agree(String what, String value, String remedy) {
    SameText.check(what, allGather(SameText.bytes(value)), remedy)
        .ifPresent(
            difference -> {
              throw difference;
            });
  }

  /** The same processes; before each thing that all of them do, this one does something first. */
  default Collectives after(Runnable first) {
    return new PreparedCollectives(this, first);
  }

  /** Tells the other processes why this one cannot go on; they stop, too. */
  default void fail(String why) {}

  /** Whether this is the process that writes and speaks for all. */
  default boolean leads() {
    return rank() == 0;
  }

  /** Whether tensors go from card to card. */
  default boolean joinsCards() {
    return false;
  }

  /** Whether there are other processes. */
  default boolean isSeveral() {
    return size() > 1;
  }

  @Override
  void close();

  /** One process, which waits for nobody. */
  static Collectives single() {
    return SingleProcess.INSTANCE;
  }

  /**
   * Meets the other processes that a launcher started; without its variables there is one process.
   *
   * @param timeout after which waiting for the others is given up
   * @throws dev.dpo4j.config.value.ConfigException if a variable is missing or wrong
   * @throws DistException if the others do not come in time
   */
  static Collectives fromEnvironment(Duration timeout) {
    return open(Ranks.fromEnvironment(System.getenv()), timeout);
  }

  /**
   * Meets the other processes of a run. Where the device of this process is a card, which is chosen
   * before, each process has one of its own, and tensors go from card to card.
   *
   * @param timeout after which waiting for the others is given up
   * @throws DistException if they do not come in time
   */
  static Collectives open(Ranks ranks, Duration timeout) {
    return ranks.isSeveral() ? MeetingCollectives.open(ranks, timeout) : single();
  }
}
