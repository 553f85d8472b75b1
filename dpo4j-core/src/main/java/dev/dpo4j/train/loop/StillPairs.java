/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.loss.LossOption;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Predicate;

/**
 * The pairs that cannot move a loss: those whose answers are the same tokens, at least as far as
 * the cut leaves them, and those of weight 0.
 *
 * @param pairs all pairs
 * @param equal pairs of two equal answers, where the loss has nothing else to learn from
 * @param weightless pairs of weight 0
 */
public record StillPairs(int pairs, int equal, int weightless) {

  /**
   * Counts them.
   *
   * @param movedByEqual whether the loss learns from equal answers, given whether no pair of the
   *     data is of another kind
   * @throws DataException if no pair is left that could move the loss
   */
  public static StillPairs of(PreferenceDataset data, Predicate<Boolean> movedByEqual) {
    int equal = 0;
    int weightless = 0;
    for (TokenizedPair pair : data.pairs()) {
      if (pair.extras().getOrDefault(LossOption.WEIGHT.configName(), 1.0) == 0) {
        weightless++;
      } else if (Arrays.equals(pair.chosenIds(), pair.rejectedIds())) {
        equal++;
      }
    }
    int all = data.pairs().size();
    boolean moved = movedByEqual.test(equal + weightless == all);
    StillPairs still = new StillPairs(all, moved ? 0 : equal, weightless);
    if (still.count() == all) {
      throw new DataException(
          "%s: no pair can move the loss: %s. Look at the rows with dpo4j data inspect%s."
              .formatted(
                  data.report().source(),
                  still.describe(),
                  equal > 0 ? "; where only the cut makes answers equal, raise max_length" : ""));
    }
    return still;
  }

  private int count() {
    return equal + weightless;
  }

  private String describe() {
    String same = "of %d of %d the two answers are equal, so that their gradients cancel";
    String light = "%d of %d have weight 0";
    String first = same.formatted(equal, pairs);
    String second = light.formatted(weightless, pairs);
    return equal == 0 ? second : weightless == 0 ? first : first + ", and " + second;
  }

  /** Tells the share, if there are such pairs. */
  public void warn(TrainListener listener) {
    if (count() > 0) {
      listener.onWarning(
          "no_gradient",
          String.format(
              Locale.ROOT,
              "%.1f%% of the pairs cannot move the loss: %s. They cost time and shrink the mean"
                  + " gradient; drop_identical_pairs leaves equal ones out.",
              100.0 * count() / pairs,
              describe()));
    }
  }
}
