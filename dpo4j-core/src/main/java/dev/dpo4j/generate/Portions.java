/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate;

import dev.dpo4j.model.Decoder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Says how much of prompts is read in one pass: little while somebody watches an answer go on. */
final class Portions {
  private static final int ROWS_BESIDE_OTHERS = 128;

  private final Decoder decoder;
  private final List<Sequence> running;

  /** Looks at the sequences that run at the time of a question. */
  Portions(Decoder decoder, List<Sequence> running) {
    this.decoder = decoder;
    this.running = running;
  }

  /** Whether somebody waits for the next token of an answer, and not only for its end. */
  private boolean isSomebodyWatching() {
    return running.stream()
        .anyMatch(
            sequence -> !sequence.isReading() && sequence.request.listener() != TokenListener.NONE);
  }

  private int rows() {
    return isSomebodyWatching() ? ROWS_BESIDE_OTHERS : decoder.promptRows();
  }

  /** How much of each prompt that is being read is read in the next pass. */
  int partOfPrompt() {
    long reading = running.stream().filter(Sequence::isReading).count();
    return Math.max(1, (int) (rows() / Math.max(1, reading)));
  }

  /** How much of a prompt of that length is read at first. */
  int firstPart(int length) {
    boolean parts =
        isSomebodyWatching() && length > ROWS_BESIDE_OTHERS && decoder.readsInParts(length);
    return parts ? ROWS_BESIDE_OTHERS : length;
  }

  /** The first of some requests and those that are read in the same pass with it. */
  List<Sequence> together(List<Sequence> fitting) {
    List<Sequence> chosen = new ArrayList<>();
    int most = rows();
    int rows = 0;
    for (Sequence sequence : fitting) {
      // A twin begins with the logits of the first, and its place is kept for it.
      if (chosen.stream().anyMatch(other -> Arrays.equals(other.prompt(), sequence.prompt()))) {
        continue;
      }
      rows += sequence.prompt().length;
      if (!chosen.isEmpty() && rows > most) {
        break;
      }
      chosen.add(sequence);
    }
    return chosen;
  }
}
