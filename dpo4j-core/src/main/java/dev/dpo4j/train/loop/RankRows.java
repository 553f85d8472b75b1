/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

import dev.dpo4j.dist.Collectives;
import dev.dpo4j.model.CausalLm;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Which rows this process computes, and what all processes have found together.
 *
 * <p>A micro-batch is that of the whole run; each process takes a stretch of it, so that neither
 * order nor seeds depend on the number of processes, and every row counts once. What is needed of
 * all rows, such as metrics and losses that compare rows, is exchanged as one array of numbers a
 * row, in the order of the rows.
 *
 * @param ranks the processes of the run
 */
public record RankRows(Collectives ranks) {
  /** One process, which computes all rows. */
  public static final RankRows ALL = new RankRows(Collectives.single());

  /** Where the stretch of this process begins in so many rows. */
  public int from(int rows) {
    return bound(rows, ranks.rank());
  }

  private int to(int rows) {
    return bound(rows, ranks.rank() + 1);
  }

  private int bound(int rows, int rank) {
    return (int) ((long) rows * rank / ranks.size());
  }

  /** The rows of a batch that this process computes; none where there are fewer than processes. */
  public int[] own(int[] batch) {
    return Arrays.copyOfRange(batch, from(batch.length), to(batch.length));
  }

  /** The entries of a list that this process computes. */
  public <T> List<T> own(List<T> all) {
    return all.subList(from(all.size()), to(all.size()));
  }

  /** The numbers of all rows of a batch, given those of the rows of this process. */
  public List<double[]> all(List<double[]> own) {
    if (!ranks.isSeveral()) {
      return own;
    }
    List<double[]> all = new ArrayList<>();
    for (byte[] part : ranks.allGather(encode(own))) {
      ByteBuffer bytes = ByteBuffer.wrap(part);
      while (bytes.hasRemaining()) {
        double[] row = new double[bytes.getInt()];
        bytes.asDoubleBuffer().get(row);
        bytes.position(bytes.position() + row.length * Double.BYTES);
        all.add(row);
      }
    }
    return all;
  }

  /**
   * The rows of a batch that all processes have found, given those of this process.
   *
   * @param numbers what stands for a row on the way
   * @param row the row of such numbers
   */
  public <T> List<T> all(List<T> own, Function<T, double[]> numbers, Function<double[], T> row) {
    return ranks.isSeveral()
        ? all(own.stream().map(numbers).toList()).stream().map(row).toList()
        : own;
  }

  /** Whether after a pass of this process nothing is added to the gradients of a step. */
  @SuppressWarnings("ReferenceEquality") // the very pass, not one that is equal
  public static <P> boolean isLast(OptimizerStep step, int[] rows, List<P> passes, P pass) {
    List<int[]> all = step.microBatches();
    return rows == all.get(all.size() - 1) && pass == passes.get(passes.size() - 1);
  }

  /**
   * How many passes a micro-batch takes where each pass looks at those of the other processes; one
   * that has fewer takes part with {@link #balance} of no pass.
   */
  public int turns(int own) {
    return ranks.isSeveral()
        ? all(List.of(new double[] {own})).stream().mapToInt(of -> (int) of[0]).max().orElse(0)
        : own;
  }

  /**
   * Balances the use of experts over the passes that all processes make at the same time.
   *
   * @param pass the pass of this process, or null
   * @param portion what it is of the whole micro-batch
   * @return what all these passes are of the whole micro-batch
   */
  public double balance(CausalLm.@Nullable Pass pass, double portion) {
    if (!ranks.isSeveral()) {
      return portion;
    }
    List<double[]> own =
        pass == null ? List.of() : List.of(new double[] {portion}, pass.load().numbers());
    List<double[]> found = all(own);
    double together = 0;
    double[] totals = {};
    for (int i = 0; i < found.size(); i += 2) {
      together += found.get(i)[0];
      double[] numbers = found.get(i + 1);
      totals = Arrays.copyOf(totals, numbers.length);
      for (int k = 0; k < numbers.length; k++) {
        totals[k] += numbers[k];
      }
    }
    if (pass != null) {
      pass.load().share(totals);
    }
    return together;
  }

  /** Adds a number of each row, one by one: a stream sums otherwise than a loop. */
  public static <T> double sum(List<T> rows, ToDoubleFunction<T> number) {
    double sum = 0;
    for (T row : rows) {
      sum += number.applyAsDouble(row);
    }
    return sum;
  }

  private static byte[] encode(List<double[]> rows) {
    int numbers = rows.stream().mapToInt(row -> row.length).sum();
    ByteBuffer bytes = ByteBuffer.allocate(rows.size() * Integer.BYTES + numbers * Double.BYTES);
    for (double[] row : rows) {
      bytes.putInt(row.length);
      bytes.asDoubleBuffer().put(row);
      bytes.position(bytes.position() + row.length * Double.BYTES);
    }
    return bytes.array();
  }

  /**
   * Goes through the batches of an evaluation, each of which one process computes as a whole.
   *
   * @param stopRequested asked before each turn of the processes
   * @param numbers computes a batch
   * @return the numbers of all batches in their order
   * @throws StoppedException if a stop was requested
   */
  public List<double[]> overBatches(
      List<int[]> batches, BooleanSupplier stopRequested, Function<int[], List<double[]>> numbers) {
    List<double[]> all = new ArrayList<>();
    for (int turn = 0; turn < batches.size(); turn += ranks.size()) {
      StoppedException.check(stopRequested);
      int own = turn + ranks.rank();
      all.addAll(all(own < batches.size() ? numbers.apply(batches.get(own)) : List.of()));
    }
    return all;
  }
}
