/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.terminal.TextWidth;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SideBySideTest {
  private static final String LEFT = "A lantern stands in the window of the house.\nIt is warm.";
  private static final String RIGHT = "灯笼".repeat(30);

  @Test
  void noLineIsWiderThanTheTerminalAndNothingIsLost() {
    for (int width : new int[] {20, 62, 63, 80, 120}) {
      List<String> lines = SideBySide.lines("a", LEFT, "b", RIGHT, width);
      assertThat(lines)
          .allSatisfy(line -> assertThat(TextWidth.of(line)).isLessThanOrEqualTo(width));
      String joined = String.join("", lines).replaceAll("[ |-]", "");
      assertThat(joined.replaceAll("[^灯笼]", "")).isEqualTo(RIGHT);
      for (String word : LEFT.split("\\s")) {
        assertThat(joined).contains(word);
      }
    }
  }

  @Test
  void withoutATerminalLinesHaveAnEnd() {
    assertThat(SideBySide.lines("a", LEFT, "b", "x", Integer.MAX_VALUE))
        .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(120));
  }

  @Test
  void thinkingIsToldFromAnsweringWhereverPiecesEnd() {
    String text = "Hm.<think>two < three</think>So <think it is.";
    for (int size = 1; size < 9; size++) {
      StringBuilder thought = new StringBuilder();
      StringBuilder said = new StringBuilder();
      ThinkingText parts =
          new ThinkingText(false, (piece, thinking) -> (thinking ? thought : said).append(piece));
      List<String> pieces = new ArrayList<>();
      for (int i = 0; i < text.length(); i += size) {
        pieces.add(text.substring(i, Math.min(text.length(), i + size)));
      }
      pieces.forEach(parts::append);
      parts.finish();
      assertThat(thought).hasToString("two < three");
      assertThat(said).hasToString("Hm.So <think it is.");
    }
  }

  @Test
  void aPromptMayOpenTheThinkingItself() {
    assertThat(ThinkingText.opens("<|im_start|>assistant\n<think>\n")).isTrue();
    assertThat(ThinkingText.opens("<|im_start|>assistant\n")).isFalse();
  }
}
