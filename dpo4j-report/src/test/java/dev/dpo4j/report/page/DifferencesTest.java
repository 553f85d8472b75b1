/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.report.page.Differences.Piece;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class DifferencesTest {
  private static String own(List<Piece> pieces) {
    return pieces.stream().filter(Piece::own).map(Piece::text).collect(Collectors.joining("|"));
  }

  private static String whole(List<Piece> pieces) {
    return pieces.stream().map(Piece::text).collect(Collectors.joining());
  }

  @Test
  void wordsThatOnlyOneTextHasAreMarked() {
    List<List<Piece>> both = Differences.of("a red apple", "a green apple pie");
    assertThat(own(both.get(0))).isEqualTo("red");
    assertThat(own(both.get(1))).isEqualTo("green| pie");
  }

  @Test
  void chineseIsComparedByCharacter() {
    List<List<Piece>> both = Differences.of("我不知道", "我知道了");
    assertThat(own(both.get(0))).isEqualTo("不");
    assertThat(own(both.get(1))).isEqualTo("了");
  }

  @Test
  void nothingOfEitherTextIsLost() {
    String first = "One, two:\n\tthree 😀 four";
    String second = "two, 三四 <five>";
    List<List<Piece>> both = Differences.of(first, second);
    assertThat(whole(both.get(0))).isEqualTo(first);
    assertThat(whole(both.get(1))).isEqualTo(second);
    assertThat(whole(Differences.of("", "x").get(1))).isEqualTo("x");
  }
}
