/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TerminalTest {
  private static final Progress HALF_WAY =
      new Progress(
          5,
          10,
          10,
          "pairs",
          7283,
          OptionalDouble.of(0.68273389),
          OptionalDouble.of(0.0210407),
          Duration.ofSeconds(50),
          OptionalLong.of(6_100_000_000L));

  @Test
  void theEnvironmentDecidesWhatIsDrawn() {
    Map<String, String> xterm = Map.of("TERM", "xterm", "LANG", "en_US.UTF-8");
    assertThat(Terminal.of(xterm, true, "UTF-8")).isEqualTo(new Terminal(true, true, true, 80));
    assertThat(Terminal.of(xterm, false, "UTF-8").interactive()).isFalse();
    assertThat(Terminal.of(Map.of("TERM", "dumb"), true, "UTF-8").interactive()).isFalse();
    assertThat(Terminal.of(Map.of(), true, "UTF-8").interactive()).isFalse();
    assertThat(Terminal.of(Map.of("TERM", "xterm", "CI", "1"), true, "UTF-8").interactive())
        .isFalse();
    assertThat(Terminal.of(Map.of("TERM", "xterm", "NO_COLOR", "1"), true, "UTF-8").color())
        .isFalse();
    assertThat(Terminal.of(Map.of("LC_ALL", "C", "LANG", "de_DE.utf8"), true, "UTF-8").unicode())
        .isFalse();
    assertThat(Terminal.of(Map.of("COLUMNS", "72"), true, "UTF-8").width()).isEqualTo(72);
  }

  @Test
  void progressIsABarOnATerminal() {
    assertThat(HALF_WAY.line(new Terminal(true, true, true, 140)))
        .isEqualTo(
            "██████████░░░░░░░░░░ 5/10  ETA 0:50  loss 0.6827  margin +0.021  146 tokens/s"
                + "  0.20 pairs/s  peak 6.1 GB");
  }

  @Test
  void aNarrowTerminalKeepsTheTimeLeftAndWholeNumbers() {
    assertThat(HALF_WAY.line(new Terminal(true, true, true, 80)))
        .isEqualTo(
            "████░░░░ 5/10  ETA 0:50  loss 0.6827  margin +0.021  146 tokens/s  0.20 pairs/s");
    assertThat(HALF_WAY.line(new Terminal(true, true, false, 40)))
        .isEqualTo("[####.....] 5/10  ETA 0:50  loss 0.6827");
    assertThat(HALF_WAY.line(new Terminal(true, true, false, 20))).isEqualTo("5/10  ETA 0:50");
  }

  @Test
  void aTextIsBrokenAtItsWordsAndWideCharactersCountTwice() {
    assertThat(TextWidth.wrap("one two three four", 12, 4))
        .isEqualTo("one two\n    three\n    four");
    assertThat(TextWidth.wrap("灯笼 在 窗边", 8, 0)).isEqualTo("灯笼 在\n窗边");
    assertThat(TextWidth.wrap("unbreakable", 4, 0)).isEqualTo("unbreakable");
  }

  @Test
  void theLastColumnOfATableThatIsTooWideIsBrokenAtItsWords() {
    assertThat(Table.withHeader("name", "text").row("a", "one two three").render(12))
        .isEqualTo(
            """
            name  text
            ----  -----
            a     one
                  two
                  three
            """);
  }

  @Test
  void progressIsAPlainLineElsewhere() {
    assertThat(HALF_WAY.line(Terminal.plain()))
        .startsWith("step 5/10  ETA 0:50  loss 0.6827")
        .endsWith("0.20 pairs/s  peak 6.1 GB");
  }

  @Test
  void progressBeforeTheFirstStepHasNoRates() {
    Progress start =
        new Progress(
            0,
            10,
            0,
            "pairs",
            0,
            OptionalDouble.empty(),
            OptionalDouble.empty(),
            Duration.ZERO,
            OptionalLong.empty());
    assertThat(start.line(Terminal.plain())).isEqualTo("step 0/10");
  }

  @Test
  void theStatusStaysBelowWhatIsWritten() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    StatusStream status = new StatusStream(bytes);
    PrintStream err = new PrintStream(status, true, StandardCharsets.UTF_8);
    err.print("a\n");
    status.status("1/2");
    err.print("b\n");
    status.status("");
    err.print("c\n");
    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .isEqualTo("a\n1/2\r\u001b[Kb\n1/2\r\u001b[Kc\n");
  }

  @Test
  void aCurveIsDrawnInBraille() {
    double[] falling = IntStream.range(0, 16).mapToDouble(i -> 15 - i).toArray();
    assertThat(new Plot(8, 4, true).draw("loss", falling, "1", "16"))
        .isEqualTo(
            """
                  loss
            15.0 ┤⠑⢄
                 ┤  ⠑⢄
                 ┤    ⠑⢄
             0.0 ┤      ⠑⢄
                 └────────
                  1     16
            """);
  }

  @Test
  void aCurveIsDrawnInAsciiWithoutUnicode() {
    assertThat(new Plot(4, 4, false).draw("margin", new double[] {0, 1, 2, 3}, "1", "4"))
        .isEqualTo(
            """
                  margin
            3.00 |   *
                 |  *
                 | *
            0.00 |*
                 +----
                  1  4
            """);
  }

  @Test
  void aCurveWithoutSpreadOrValuesIsStillDrawn() {
    assertThat(new Plot(4, 3, false).draw("flat", new double[] {2, 2}, "1", "2")).contains("****");
    assertThat(new Plot(4, 3, false).draw("one", new double[] {2}, "1", "1")).contains("****");
    assertThat(new Plot(4, 3, false).draw("none", new double[] {Double.NaN}, "1", "1"))
        .contains("nothing to plot");
    assertThat(new Plot(4, 3, false).draw("gap", new double[] {1, Double.NaN, 2, 3}, "1", "4"))
        .contains("*");
  }

  @Test
  void aTableAlignsNumbersToTheRightAndKnowsWideCharacters() {
    assertThat(
            Table.withHeader("rows", "count")
                .row("kept", "1,234")
                .row("dropped", "5")
                .row("\u4e2d\u6587", "17")
                .render())
        .isEqualTo(
            """
            rows     count
            -------  -----
            kept     1,234
            dropped      5
            \u4e2d\u6587        17
            """);
  }

  @Test
  void numbersAreWrittenAsPeopleReadThem() {
    assertThat(Units.bytes(999)).isEqualTo("999 B");
    assertThat(Units.bytes(8_600_000_000L)).isEqualTo("8.6 GB");
    assertThat(Units.bytes(999_999)).isEqualTo("1.0 MB");
    assertThat(Units.count(134_515_008)).isEqualTo("134,515,008");
    assertThat(Units.time(Duration.ofSeconds(3723))).isEqualTo("1:02:03");
    assertThat(Units.time(Duration.ofSeconds(7))).isEqualTo("0:07");
    assertThat(Units.rate(0.2)).isEqualTo("0.20");
    assertThat(Units.rate(1234.5)).isEqualTo("1235");
  }
}
