/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MinHashTest {
  private static final int TEXTS = 200;

  private static MinHash of(String text) {
    MinHash sketch = new MinHash();
    sketch.add(text);
    return sketch;
  }

  private static double similarity(String a, String b) {
    return MinHash.similarity(MinHash.bytes(of(a).places()), MinHash.bytes(of(b).places()));
  }

  /** Two texts of {@code words} different words, whose first {@code common} are the same. */
  private static String[] texts(int words, int common, boolean chinese, SplittableRandom random) {
    StringBuilder a = new StringBuilder();
    StringBuilder b = new StringBuilder();
    for (int i = 0; i < words; i++) {
      String word = word(chinese, random);
      a.append(word);
      b.append(i < common ? word : word(chinese, random));
    }
    return new String[] {a.toString(), b.toString()};
  }

  private static String word(boolean chinese, SplittableRandom random) {
    return chinese
        ? String.valueOf((char) (0x4E00 + random.nextInt(20_000)))
        : Integer.toString(random.nextInt(1 << 30), 36) + " ";
  }

  @ParameterizedTest
  @CsvSource({"false,150", "true,150", "false,60", "true,60", "false,600"})
  void estimatesTheJaccardSimilarityWithTheErrorThatIsStated(boolean chinese, int words) {
    SplittableRandom random = new SplittableRandom(words);
    for (int tenths = 3; tenths <= 9; tenths += 2) {
      // Of the first c words c - 2 shingles are shared, of 2 (n - 2) - (c - 2) in all.
      int common = (int) Math.round(2 + (words - 2) * 2 * (tenths / 10.0) / (1 + tenths / 10.0));
      double jaccard = (common - 2) / (2.0 * (words - 2) - (common - 2));
      double sum = 0;
      double squares = 0;
      for (int i = 0; i < TEXTS; i++) {
        String[] pair = texts(words, common, chinese, random);
        double off = similarity(pair[0], pair[1]) - jaccard;
        sum += off;
        squares += off * off;
      }
      double stated = Math.sqrt(jaccard * (1 - jaccard) / MinHash.SIZE);
      // Borrowed bins are no new evidence: short texts have a larger error, at most twice.
      double error = Math.sqrt(squares / TEXTS);
      assertThat(error)
          .as("%d words, J = %.2f", words, jaccard)
          .isBetween(0.4 * stated, 2 * stated);
      assertThat(sum / TEXTS).as("bias").isCloseTo(0, within(4 * error / Math.sqrt(TEXTS)));
    }
  }

  @Test
  void nearlyEqualTextsShareABandAndDifferentOnesDoNot() {
    SplittableRandom random = new SplittableRandom(7);
    int near = 0;
    int far = 0;
    for (int i = 0; i < TEXTS; i++) {
      String[] close = texts(200, 178, i % 2 == 0, random); // J = 0.8
      near += meet(close) ? 1 : 0;
      String[] apart = texts(200, 92, i % 2 == 0, random); // J = 0.3
      far += meet(apart) ? 1 : 0;
    }
    // The chances are 0.998 and 0.015; twelve of 200 at 0.015 would be beyond five sigma.
    assertThat(near).isGreaterThanOrEqualTo(TEXTS - 4);
    assertThat(far).isLessThan(12);
  }

  private static boolean meet(String[] texts) {
    long[] a = MinHash.bands(of(texts[0]).places());
    long[] b = MinHash.bands(of(texts[1]).places());
    for (int i = 0; i < a.length; i++) {
      if (a[i] == b[i]) {
        return true;
      }
    }
    return false;
  }

  @Test
  void sketchesAddUp() {
    MinHash both = of("one two three four five");
    both.add("six seven eight nine ten");
    MinHash sum = of("one two three four five");
    sum.addAll(of("six seven eight nine ten"));
    assertThat(Arrays.equals(both.places(), sum.places())).isTrue();
  }

  @Test
  void caseAndPunctuationDoNotCountAndShortTextsAreNotCompared() {
    String text = "The quick brown fox, which was red, jumped over the lazy dog again and again.";
    assertThat(similarity(text, text.toUpperCase().replace(',', ';'))).isEqualTo(1);
    assertThat(of("Too few words here").isComparable()).isFalse();
    assertThat(of("天地人山水火木金土日月星云风雨雪花草树鸟鱼").isComparable()).isTrue();
  }
}
