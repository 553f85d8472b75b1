/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.weights;

import dev.dpo4j.dist.Collectives;
import dev.dpo4j.dist.Stretches;
import dev.dpo4j.nn.HeadPass;
import dev.dpo4j.nn.LogProbHead;
import dev.dpo4j.nn.Parameter;
import dev.dpo4j.nn.shard.DividedStore;
import dev.dpo4j.nn.shard.Division;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Ops;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An embedding or a head, of which each process holds some rows.
 *
 * <p>The head goes through all rows, a unit of them at a time; the next unit is put together
 * meanwhile. Of the embedding only the rows of tokens travel, and so do their gradients.
 */
final class DividedRows implements AutoCloseable {
  /** Memory of a unit, about: large enough to send fast. */
  private static final long UNIT_BYTES = 24L << 20;

  private final DividedStore store;
  private final int firstUnit;
  private final long rows;
  private final long size;
  private final long perUnit;
  private final int units;
  private final List<Tensor> buffers = new ArrayList<>();
  private final Values values = new Values();
  private final Gradient gradient = new Gradient();

  /** The rows of a parameter whose units begin with a number. */
  DividedRows(DividedStore store, Parameter parameter, int firstUnit) {
    this.store = store;
    this.firstUnit = firstUnit;
    this.rows = parameter.shape()[0];
    this.size = parameter.shape()[1];
    this.perUnit = perUnit(parameter);
    this.units = units(parameter);
    long most = Math.min(rows, perUnit) * size;
    for (int i = 0; i < 3; i++) {
      buffers.add(Scope.outside(() -> Tensor.empty(DType.FLOAT32, most)));
    }
  }

  /** Whole tiles of the head. */
  private static long perUnit(Parameter parameter) {
    long tile = LogProbHead.TILE * parameter.shape()[1] * Float.BYTES;
    return Math.max(1, UNIT_BYTES / tile) * LogProbHead.TILE;
  }

  private static int units(Parameter parameter) {
    return (int) ((parameter.shape()[0] + perUnit(parameter) - 1) / perUnit(parameter));
  }

  /** How the rows of a parameter are cut; none is divided itself. */
  static List<Division.Cut> cuts(Parameter parameter) {
    List<Division.Cut> cuts = new ArrayList<>();
    long size = parameter.shape()[1];
    long perUnit = perUnit(parameter);
    for (int unit = 1; unit <= units(parameter); unit++) {
      long end = Math.min(unit * perUnit, parameter.shape()[0]) * size;
      cuts.add(new Division.Cut(parameter.offset() + end, size));
    }
    return cuts;
  }

  /** Bytes that this takes beside the rows that a process holds. */
  static long bytes(Parameter parameter) {
    return 3
        * Math.min(parameter.shape()[0], perUnit(parameter))
        * parameter.shape()[1]
        * Float.BYTES;
  }

  /** The rows for a pass of the head. */
  HeadPass.Matrix values() {
    return values;
  }

  /** Takes the gradient of the head. */
  HeadPass.Matrix gradient() {
    return gradient;
  }

  /** Ends a pass of the head: other processes may go through rows that this one did not ask for. */
  void end() {
    for (int unit = Math.max(0, values.at); unit < units; unit++) {
      values.enter(unit);
    }
    values.at = -1;
  }

  /** Ends a backward pass of the head in the same way. */
  void endBackward() {
    for (int unit = Math.max(0, values.at); unit < units; unit++) {
      values.enter(unit);
      gradient.enter(unit);
    }
    gradient.add();
    values.at = -1;
    gradient.at = -1;
  }

  private Tensor unitOf(Tensor buffer, int unit) {
    return buffer.narrow(0, 0, store.count(firstUnit + unit));
  }

  /** Rows that a pass goes through, a unit after the other. */
  private abstract class Walk implements HeadPass.Matrix {
    /** The unit in memory, -1 before the first. */
    int at = -1;

    /** Goes on to a unit. */
    abstract void enter(int unit);

    /** Where a unit that was entered is in memory. */
    abstract Tensor buffer(int unit);

    @Override
    public final long rows() {
      return rows;
    }

    @Override
    public final Tensor rows(long from, long count) {
      int unit = (int) (from / perUnit);
      enter(unit);
      return unitOf(buffer(unit), unit).view(-1, size).narrow(0, from - unit * perUnit, count);
    }
  }

  /** All rows; two units are in memory. */
  private final class Values extends Walk {
    private Collectives.Pending next = () -> {};

    @Override
    Tensor buffer(int unit) {
      return buffers.get(unit % 2);
    }

    @Override
    void enter(int unit) {
      while (at < unit) {
        if (at < 0) {
          begin(0);
        }
        next.await();
        at++;
        if (at + 1 < units) {
          begin(at + 1);
        }
      }
    }

    private void begin(int unit) {
      try (Scope scope = Scope.open()) {
        next = store.beginGather(firstUnit + unit, unitOf(buffer(unit), unit));
      }
    }
  }

  /** The gradient of one unit, which goes to its owners when the next is asked for. */
  private final class Gradient extends Walk {
    @Override
    Tensor buffer(int unit) {
      return buffers.get(2);
    }

    @Override
    void enter(int unit) {
      while (at < unit) {
        add();
        at++;
        buffer(at).zero_();
      }
    }

    void add() {
      if (at >= 0) {
        try (Scope scope = Scope.open()) {
          store.addSum(firstUnit + at, unitOf(buffer(at), at));
        }
      }
    }
  }

  /**
   * The tokens of all processes.
   *
   * @param own where those of this process begin
   * @param mine their places of which this process holds the row
   * @param held the rows there, counted in what this process holds
   */
  private record Tokens(Stretches counts, int own, List<Integer> mine, List<Integer> held) {
    long all() {
      return counts.to(counts.size() - 1);
    }

    Tensor places() {
      return indices(mine);
    }

    Tensor rows() {
      return indices(held);
    }

    private static Tensor indices(List<Integer> list) {
      int[] numbers = list.stream().mapToInt(Integer::intValue).toArray();
      return Tensor.ofInts(numbers, numbers.length);
    }
  }

  private Tokens tokens(int[] ids) {
    ByteBuffer bytes = ByteBuffer.allocate(ids.length * Integer.BYTES);
    bytes.asIntBuffer().put(ids);
    List<byte[]> parts = store.ranks().allGather(bytes.array());
    int rank = store.ranks().rank();
    Stretches counts =
        Stretches.ofCounts(parts.stream().mapToLong(part -> part.length / Integer.BYTES).toArray());
    List<Integer> mine = new ArrayList<>();
    List<Integer> held = new ArrayList<>();
    int place = 0;
    for (byte[] part : parts) {
      for (ByteBuffer all = ByteBuffer.wrap(part); all.hasRemaining(); place++) {
        int row = ownRow(all.getInt());
        if (row >= 0) {
          mine.add(place);
          held.add(row);
        }
      }
    }
    return new Tokens(counts, (int) counts.from(rank), mine, held);
  }

  /** The place of a row in what this process holds, or a negative number. */
  private int ownRow(int row) {
    int unit = firstUnit + (int) (row / perUnit);
    long inside = (row % perUnit) * size - store.ownFrom(unit);
    if (inside < 0 || inside >= store.ownCount(unit)) {
      return -1;
    }
    return (int) ((store.ownBegin(unit) + inside - store.ownBegin(firstUnit)) / size);
  }

  /** The rows of this process in all that it holds. */
  private Tensor own(Tensor all) {
    int last = firstUnit + units - 1;
    long from = store.ownBegin(firstUnit);
    return all.narrow(0, from, store.ownBegin(last) + store.ownCount(last) - from).view(-1, size);
  }

  /**
   * The rows of tokens; all processes ask for theirs at the same time.
   *
   * @param out receives them, {@code [tokens, size]}; null where there are none
   */
  void read(@Nullable Tensor out, int[] ids) {
    try (Scope scope = Scope.open()) {
      Tokens tokens = tokens(ids);
      Tensor all = Tensor.zeros(DType.FLOAT32, tokens.all(), size);
      if (!tokens.mine().isEmpty()) {
        Tensor found = Tensor.empty(DType.FLOAT32, tokens.mine().size(), size);
        Ops.rows(found, own(store.own().values()), tokens.rows());
        all.indexCopy_(tokens.places(), found);
      }
      store.ranks().allReduceSum(all);
      if (out != null) {
        out.copy_(all.narrow(0, tokens.own(), ids.length));
      }
    }
  }

  /** Adds the gradients of the rows of tokens, of all processes at the same time. */
  void add(@Nullable Tensor gradients, int[] ids) {
    try (Scope scope = Scope.open()) {
      Tokens tokens = tokens(ids);
      Tensor all = Tensor.empty(DType.FLOAT32, tokens.all(), size);
      if (gradients != null) {
        all.narrow(0, tokens.own(), ids.length).copy_(gradients);
      }
      Tensor flat = all.view(-1);
      long[] counts = new long[tokens.counts().size()];
      for (int rank = 0; rank < counts.length; rank++) {
        counts[rank] = tokens.counts().count(rank) * size;
      }
      store.ranks().allGather(flat, Stretches.ofCounts(counts));
      if (!tokens.mine().isEmpty()) {
        Tensor found = Tensor.empty(DType.FLOAT32, tokens.mine().size(), size);
        Ops.rows(found, all, tokens.places());
        own(store.own().grads()).indexAdd_(tokens.rows(), found);
      }
    }
  }

  @Override
  public void close() {
    buffers.forEach(Tensor::close);
  }
}
