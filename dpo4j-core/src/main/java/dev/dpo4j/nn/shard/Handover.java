/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn.shard;

import dev.dpo4j.dist.Collectives;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.tensor.TensorBytes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Brings numbers that lie with several processes to rank 0, in an order that all of them know.
 *
 * <p>Rank 0 {@link #take takes} them, piece by piece, and the others {@link #give} theirs. Where
 * rank 0 cannot use them any more, it {@link #drop drops} what is left, so that nobody waits.
 */
public final class Handover {
  /** Numbers that are sent at once. */
  private static final long PIECE = 4L << 20;

  private final Collectives ranks;
  private final List<Item> items = new ArrayList<>();
  private final TensorBytes buffer = new TensorBytes();
  private int next;

  /**
   * Numbers of one process.
   *
   * @param array the array of this process that may hold them, null where it has none
   * @param dtype their type
   * @param piece which process has them, and where in its array
   */
  public record Item(@Nullable Tensor array, DType dtype, Division.Piece piece) {}

  /** Prepares to hand over numbers in this order; all processes make the same list. */
  public Handover(Collectives ranks, List<Item> all) {
    this.ranks = ranks;
    for (Item item : all) {
      Division.Piece piece = item.piece();
      for (long done = 0; done < piece.count(); done += PIECE) {
        long count = Math.min(PIECE, piece.count() - done);
        Division.Piece part = new Division.Piece(piece.rank(), piece.from() + done, count);
        items.add(new Item(item.array(), item.dtype(), part));
      }
    }
  }

  /** The bytes of so many numbers that come next; each piece is used before the next is taken. */
  public Iterator<ByteBuffer> take(long numbers) {
    long[] left = {numbers};
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return left[0] > 0;
      }

      @Override
      public ByteBuffer next() {
        Item item = items.get(next++);
        left[0] -= item.piece().count();
        try (Scope scope = Scope.open()) {
          Tensor taken = item.piece().rank() == ranks.rank() ? mine(item) : received(item);
          return buffer.pieces(taken, 0, item.piece().count(), item.dtype()).next();
        }
      }
    };
  }

  /** Gives rank 0 what this process has. */
  public void give() {
    for (Item item : items) {
      if (item.piece().rank() == ranks.rank()) {
        try (Scope scope = Scope.open()) {
          ranks.send(mine(item), 0);
        }
      }
    }
  }

  /** Receives in rank 0 what was not taken, for nothing. */
  public void drop() {
    while (next < items.size()) {
      Item item = items.get(next++);
      if (item.piece().rank() != ranks.rank()) {
        try (Scope scope = Scope.open()) {
          received(item);
        }
      }
    }
  }

  private static Tensor mine(Item item) {
    Tensor array = item.array();
    if (array == null) {
      throw new IllegalStateException("this process has no such numbers: " + item.piece());
    }
    return array.view(-1).narrow(0, item.piece().from(), item.piece().count());
  }

  private Tensor received(Item item) {
    Tensor numbers = Tensor.empty(item.dtype(), item.piece().count());
    ranks.receive(numbers, item.piece().rank());
    return numbers;
  }
}
