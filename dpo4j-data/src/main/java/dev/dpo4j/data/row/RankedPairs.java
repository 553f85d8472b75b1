/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.row;

import java.util.ArrayList;
import java.util.List;

/** Which pairs a list of answers gives; answers of equal score never make a pair. */
public enum RankedPairs {
  /** One pair: the best answer against the worst. */
  BEST_VS_WORST,
  /** The best answer against each of the others. */
  BEST_VS_REST,
  /** Each answer against the next best one. */
  ADJACENT,
  /** Each answer against every one that is worse. */
  ALL;

  /**
   * Returns the pairs of places in a list that is sorted from the best answer to the worst.
   *
   * @param count number of answers, at least 2
   */
  public List<int[]> places(int count) {
    List<int[]> places = new ArrayList<>();
    switch (this) {
      case BEST_VS_WORST -> places.add(new int[] {0, count - 1});
      case BEST_VS_REST -> {
        for (int i = 1; i < count; i++) {
          places.add(new int[] {0, i});
        }
      }
      case ADJACENT -> {
        for (int i = 1; i < count; i++) {
          places.add(new int[] {i - 1, i});
        }
      }
      case ALL -> {
        for (int i = 0; i < count; i++) {
          for (int j = i + 1; j < count; j++) {
            places.add(new int[] {i, j});
          }
        }
      }
    }
    return places;
  }
}
