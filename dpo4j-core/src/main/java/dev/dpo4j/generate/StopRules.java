/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate;

import dev.dpo4j.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What ends an answer before its limit.
 *
 * @param ids tokens that end it and are no part of it
 * @param strings texts that end it; the answer's text stops before them
 */
public record StopRules(Set<Integer> ids, List<String> strings) {
  public StopRules {
    ids = Set.copyOf(ids);
    strings = List.copyOf(strings);
    for (String string : strings) {
      if (string.isEmpty()) {
        throw new IllegalArgumentException("a stop string must not be empty");
      }
    }
  }

  /**
   * Makes the rules; a string that is a special token counts as that token, because special tokens
   * do not stand in the text of an answer.
   */
  public static StopRules of(Tokenizer tokenizer, Collection<Integer> ids, List<String> strings) {
    Set<Integer> allIds = new HashSet<>(ids);
    List<String> texts = new ArrayList<>();
    for (String string : strings) {
      OptionalInt token = tokenizer.tokenToId(string);
      if (token.isPresent() && tokenizer.decode(new int[] {token.getAsInt()}, true).isEmpty()) {
        allIds.add(token.getAsInt());
      } else {
        texts.add(string);
      }
    }
    return new StopRules(allIds, texts);
  }

  /** The place in a text where the first stop string begins, or -1. */
  int indexIn(CharSequence text) {
    int first = -1;
    String whole = text.toString();
    for (String string : strings) {
      int at = whole.indexOf(string);
      if (at >= 0 && (first < 0 || at < first)) {
        first = at;
      }
    }
    return first;
  }

  /** Characters of a stop string that may stand at the end of a text without completing it. */
  int overlap() {
    return strings.stream().mapToInt(String::length).max().orElse(1) - 1;
  }
}
