/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.token;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a sequence of several turns to a limit as LLaMA-Factory does: each turn, a prompt and the
 * answer to it, shares what the turns before have left, and turns without room are dropped.
 */
final class SharedCut {
  private SharedCut() {}

  /** Places of a sequence, from one up to another. */
  private record Turn(int from, int answer, int to) {}

  /**
   * Chooses the tokens that are kept.
   *
   * @param scored whether each token of the sequence is learnt, as answers are
   * @param promptLength tokens before the completion; where all is learnt they are the prompt
   * @param room most tokens
   * @return the places of the kept tokens, in their order
   */
  static int[] kept(boolean[] scored, int promptLength, int room) {
    int[] places = new int[Math.min(scored.length, room)];
    int count = 0;
    for (Turn turn : turns(scored, promptLength)) {
      if (count >= room) {
        break;
      }
      LengthLimits.Share share =
          LengthLimits.share(turn.answer() - turn.from(), turn.to() - turn.answer(), room - count);
      for (int i = 0; i < share.prompt(); i++) {
        places[count++] = turn.from() + i;
      }
      for (int i = 0; i < share.answer(); i++) {
        places[count++] = turn.answer() + i;
      }
    }
    int[] kept = new int[count];
    System.arraycopy(places, 0, kept, 0, count);
    return kept;
  }

  private static List<Turn> turns(boolean[] scored, int promptLength) {
    boolean all = true;
    for (boolean learnt : scored) {
      all &= learnt;
    }
    if (all) {
      return List.of(new Turn(0, promptLength, scored.length));
    }
    List<Turn> turns = new ArrayList<>();
    int at = 0;
    while (at < scored.length) {
      int answer = at;
      while (answer < scored.length && !scored[answer]) {
        answer++;
      }
      int to = answer;
      while (to < scored.length && scored[to]) {
        to++;
      }
      if (to < scored.length && isUnscored(scored, to)) {
        to = scored.length; // what follows the last answer belongs to it
      }
      turns.add(new Turn(at, answer, to));
      at = to;
    }
    return turns;
  }

  private static boolean isUnscored(boolean[] scored, int from) {
    for (int i = from; i < scored.length; i++) {
      if (scored[i]) {
        return false;
      }
    }
    return true;
  }
}
