/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.dpo;

import dev.dpo4j.data.token.TokenizedPair;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The pairs of the rollout at hand, found by the place of their prompt in the data; prompts that
 * gave no pair have none.
 */
final class SampledPairs extends AbstractList<TokenizedPair> {
  private final int prompts;
  private final Map<Integer, TokenizedPair> pairs = new HashMap<>();

  SampledPairs(int prompts) {
    this.prompts = prompts;
  }

  /** Forgets the rollout before. */
  void forget() {
    pairs.clear();
  }

  void put(int place, TokenizedPair pair) {
    pairs.put(place, pair);
  }

  @Nullable TokenizedPair find(int place) {
    return pairs.get(place);
  }

  /** Those of some prompts that have a pair. */
  int[] present(int[] places) {
    return Arrays.stream(places).filter(pairs::containsKey).toArray();
  }

  @Override
  public TokenizedPair get(int place) {
    TokenizedPair pair = pairs.get(place);
    if (pair == null) {
      throw new IllegalStateException("the prompt at " + place + " has no pair in this rollout");
    }
    return pair;
  }

  @Override
  public int size() {
    return prompts;
  }
}
