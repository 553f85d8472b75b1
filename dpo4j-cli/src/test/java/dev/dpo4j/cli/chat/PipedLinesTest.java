/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.cli.command.CommandFailure;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Lines that come through a pipe. */
class PipedLinesTest {

  private static List<String> read(String text) {
    PipedLines lines =
        new PipedLines(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    List<String> read = new ArrayList<>();
    for (String line = lines.read("> "); line != null; line = lines.read("> ")) {
      read.add(line);
    }
    lines.close();
    return read;
  }

  @Test
  void linesEndAsOnAnySystemAndTheLastNeedsNoEnd() {
    assertThat(read("a\nb\r\nc\rd")).containsExactly("a", "b", "c", "d");
    assertThat(read("\n\n\r\n\r\rü\n")).containsExactly("", "", "", "", "", "ü");
    assertThat(read("")).isEmpty();
  }

  @Test
  void aLineWithoutEndIsRefusedBeforeItFillsTheMemory() {
    InputStream zeros =
        new InputStream() {
          @Override
          public int read() {
            return 0;
          }
        };
    try (PipedLines lines = new PipedLines(zeros)) {
      assertThatThrownBy(() -> lines.read("> "))
          .isInstanceOf(CommandFailure.class)
          .hasMessageContaining("longer than 4,194,304 characters");
    }
  }

  @Test
  void theLongestLineIsRead() {
    String longest = "a".repeat(LineSource.LONGEST);
    assertThat(read(longest + "\nb")).containsExactly(longest, "b");
  }
}
