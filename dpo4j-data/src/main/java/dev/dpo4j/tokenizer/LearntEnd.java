/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tokenizer;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How the answers of a data set end, as a model learns it: with a token at which generation stops,
 * with another special token, or with none.
 *
 * <p>It takes answers one after the other. Only the last few tokens of each count, because a
 * template may go on behind the end of a turn, usually with a line end.
 */
public final class LearntEnd {
  private static final int LOOKED_AT = 4;

  private final HfTokenizer tokenizer;
  private final Map<Integer, Long> others = new HashMap<>();
  private long stopped;
  private long open;

  /** Looks at answers that were made with a tokenizer. */
  public LearntEnd(HfTokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /** The last tokens of an answer, which say as much as all of them. */
  public static int[] tail(int[] answer) {
    return Arrays.copyOfRange(answer, Math.max(0, answer.length - LOOKED_AT), answer.length);
  }

  /** Takes the learnt tokens of an answer that was not cut. */
  public void add(int[] answer) {
    int special = -1;
    for (int i = answer.length - 1; i >= Math.max(0, answer.length - LOOKED_AT); i--) {
      if (tokenizer.stopIds().contains(answer[i])) {
        stopped++;
        return;
      }
      if (special < 0 && tokenizer.isSpecial(answer[i])) {
        special = answer[i];
      }
    }
    if (special >= 0) {
      others.merge(special, 1L, Long::sum);
    } else {
      open++;
    }
  }

  /** The answers that end with no token at which generation stops. */
  public long count() {
    return all() - stopped;
  }

  private long all() {
    return stopped + open + others.values().stream().mapToLong(count -> count).sum();
  }

  private Optional<Map.Entry<Integer, Long>> commonest() {
    return others.entrySet().stream().max(Map.Entry.comparingByValue());
  }

  /** The special token that most answers end with, where generation does not stop at it. */
  public OptionalInt missingStop() {
    return commonest()
        .filter(entry -> 2 * entry.getValue() > all())
        .map(entry -> OptionalInt.of(entry.getKey()))
        .orElse(OptionalInt.empty());
  }

  /** What is to be said where most answers end with no token that generation stops at. */
  public Optional<String> warning() {
    OptionalInt missing = missingStop();
    if (missing.isPresent()) {
      return Optional.of(
          "the answers end with %s, but the model stops only at %s: it would learn an end at which generation goes on"
              .formatted(name(missing.getAsInt()), stops()));
    }
    return 2 * open > all()
        ? Optional.of(
            "%d of %d answers end with no special token, and the model stops only at %s: it would not learn to stop"
                .formatted(open, all(), stops()))
        : Optional.empty();
  }

  private String stops() {
    return tokenizer.stopIds().isEmpty()
        ? "no token at all"
        : String.join(" or ", tokenizer.stopIds().stream().map(this::name).toList());
  }

  private String name(int id) {
    return "%s (%d)".formatted(tokenizer.idToToken(id).orElse("token"), id);
  }
}
