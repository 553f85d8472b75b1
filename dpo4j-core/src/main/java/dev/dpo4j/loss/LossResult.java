/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss;

/**
 * A loss and its gradient, one entry a pair.
 *
 * <p>The entries are those of the sum over pairs, not of the mean: whoever averages divides all
 * three alike. For a loss that couples the pairs of a batch the derivatives are those of the sum of
 * all losses.
 *
 * @param losses the loss of each pair
 * @param dChosen derivative by the policy's log-probability of each chosen answer
 * @param dRejected derivative by the policy's log-probability of each rejected answer
 */
@SuppressWarnings("ArrayRecordComponent") // numbers on the hot path; equality is never asked for
public record LossResult(double[] losses, double[] dChosen, double[] dRejected) {

  /** A result for {@code pairs} pairs, all zero. */
  public static LossResult zeros(int pairs) {
    return new LossResult(new double[pairs], new double[pairs], new double[pairs]);
  }

  /** Adds a loss to an entry and its derivatives to the answers that it came from. */
  public void add(int entry, int chosen, int rejected, DualNumber loss) {
    losses[entry] += loss.value();
    dChosen[chosen] += loss.byChosen();
    dRejected[rejected] += loss.byRejected();
  }

  /** The mean loss over the pairs. */
  public double mean() {
    double sum = 0;
    for (double loss : losses) {
      sum += loss;
    }
    return sum / losses.length;
  }

  /** The number of pairs. */
  public int size() {
    return losses.length;
  }
}
