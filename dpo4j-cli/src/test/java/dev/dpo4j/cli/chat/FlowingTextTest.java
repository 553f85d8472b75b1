/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.terminal.TextWidth;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlowingTextTest {
  private static String flow(String text, int width) {
    FlowingText flowing = new FlowingText(() -> width);
    return flowing.append(text) + flowing.finish();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      textBlock =
          """
          a lantern in the window|a lantern/in the/window
          exactly10 exactly10|exactly10/exactly10
          0123456789 0123456789|0123456789/0123456789
          0123456789abc de|0123456789/abc de
          so 0123456789abc de|so/0123456789/abc de
            indented code stays|  indented/code stays
          one/two three four five|one/two three/four five
          one//two|one//two
          窗边的灯笼亮着|窗边的灯笼/亮着
          窗边的灯笼。亮着|窗边的灯/笼。亮着
          窗边的灯「笼」|窗边的灯/「笼」
          ab窗边的灯笼|ab窗边的灯/笼
          window窗边的|window窗边/的
          窗边window ab|窗边window/ab
          naïve cafés|naïve/cafés
          """)
  void linesBreakBetweenWordsOfTenColumns(String text, String expected) {
    assertThat(flow(text.replace('/', '\n'), 10)).isEqualTo(expected.replace('/', '\n'));
  }

  @Test
  void marksStayWithTheirLetters() {
    assertThat(flow("cafe\u0301 cafe\u0301s 123456789", 10))
        .isEqualTo("cafe\u0301 cafe\u0301s\n123456789");
    String family = "\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67";
    assertThat(flow("a" + family + family, 8)).isEqualTo("a" + family + "\n" + family);
  }

  @Test
  void aWordIsShownOnceItsEndIsKnown() {
    FlowingText flowing = new FlowingText(() -> 12);
    assertThat(flowing.append("a lan")).isEqualTo("a");
    assertThat(flowing.append("tern in")).isEqualTo(" lantern");
    assertThat(flowing.append("side")).isEmpty();
    assertThat(flowing.append(" 窗边")).isEqualTo("\ninside 窗");
    assertThat(flowing.finish()).isEqualTo("边");
    assertThat(flowing.finish()).isEmpty();
  }

  @Test
  void aWindowCanBeResizedMeanwhile() {
    int[] width = {20};
    FlowingText flowing = new FlowingText(() -> width[0]);
    String before = flowing.append("a lantern in the ");
    width[0] = 10;
    assertThat(before + flowing.append("window of the house") + flowing.finish())
        .isEqualTo("a lantern in the\nwindow of\nthe house");
  }

  @Test
  void anyTextInAnyPiecesKeepsAllButTheSpacesAtItsBreaks() {
    String[] parts = {"lantern", "a", " ", "  ", "\n", "窗", "，", "「", "0123456789012345", "\n\n"};
    Random random = new Random(1);
    for (int i = 0; i < 500; i++) {
      StringBuilder text = new StringBuilder();
      StringBuilder pieces = new StringBuilder();
      FlowingText flowing = new FlowingText(() -> 14);
      for (int k = 0; k < 40; k++) {
        String part = parts[random.nextInt(parts.length)];
        text.append(part);
        pieces.append(flowing.append(part));
      }
      pieces.append(flowing.finish());
      assertThat(pieces.toString()).isEqualTo(flow(text.toString(), 14));
      assertThat(pieces.toString().replaceAll("\\s", ""))
          .isEqualTo(text.toString().replaceAll("\\s", ""));
      assertThat(pieces.toString().lines())
          .allSatisfy(line -> assertThat(TextWidth.of(line.strip())).isLessThanOrEqualTo(14));
    }
  }
}
