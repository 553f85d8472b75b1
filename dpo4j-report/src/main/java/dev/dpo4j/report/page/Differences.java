/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.page;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Marks the words in which two texts differ; Chinese and Japanese are compared by character. */
final class Differences {
  /** Longer texts than this many words are shown without marks: the work grows with the square. */
  private static final int MOST = 2000;

  private static final Pattern WORD =
      Pattern.compile(
          "[\\p{IsHan}\\p{IsHiragana}\\p{IsKatakana}]|[\\p{L}\\p{N}_']+|\\s+|.", Pattern.DOTALL);

  private Differences() {}

  /**
   * A piece of a text.
   *
   * @param text the piece
   * @param own whether the other text lacks it
   */
  record Piece(String text, boolean own) {}

  /** The pieces of both texts: those of the first, then those of the second. */
  static List<List<Piece>> of(String first, String second) {
    List<String> a = words(first);
    List<String> b = words(second);
    if (a.size() > MOST || b.size() > MOST) {
      return List.of(List.of(new Piece(first, false)), List.of(new Piece(second, false)));
    }
    int[][] common = common(a, b);
    boolean[] inBothA = new boolean[a.size()];
    boolean[] inBothB = new boolean[b.size()];
    int i = 0;
    int j = 0;
    while (i < a.size() && j < b.size()) {
      if (a.get(i).equals(b.get(j))) {
        inBothA[i++] = true;
        inBothB[j++] = true;
      } else if (common[i + 1][j] >= common[i][j + 1]) {
        i++;
      } else {
        j++;
      }
    }
    return List.of(pieces(a, inBothA), pieces(b, inBothB));
  }

  /** Length of the longest common subsequence of the ends of both lists. */
  private static int[][] common(List<String> a, List<String> b) {
    int[][] common = new int[a.size() + 1][b.size() + 1];
    for (int i = a.size() - 1; i >= 0; i--) {
      for (int j = b.size() - 1; j >= 0; j--) {
        common[i][j] =
            a.get(i).equals(b.get(j))
                ? common[i + 1][j + 1] + 1
                : Math.max(common[i + 1][j], common[i][j + 1]);
      }
    }
    return common;
  }

  private static List<Piece> pieces(List<String> words, boolean[] inBoth) {
    List<Piece> pieces = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < words.size(); i++) {
      text.append(words.get(i));
      if (i + 1 == words.size() || inBoth[i + 1] != inBoth[i]) {
        pieces.add(new Piece(text.toString(), !inBoth[i]));
        text.setLength(0);
      }
    }
    return pieces;
  }

  private static List<String> words(String text) {
    List<String> words = new ArrayList<>();
    Matcher matcher = WORD.matcher(text);
    while (matcher.find()) {
      words.add(matcher.group());
    }
    return words;
  }
}
