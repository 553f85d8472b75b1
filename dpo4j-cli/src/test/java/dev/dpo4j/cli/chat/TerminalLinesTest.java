/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.ExternalTerminal;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a person types, key by key, into a terminal of 80 columns. */
class TerminalLinesTest {
  private static final String CTRL_C = "\u0003";
  private static final String CTRL_D = "\u0004";
  private static final String UP = "\u001bOA";
  private static final String BACKSPACE = "\u007f";

  private final ByteArrayOutputStream screen = new ByteArrayOutputStream();
  private final PipedOutputStream keys = new PipedOutputStream();
  private final Terminal terminal;
  private final TerminalLines lines;

  TerminalLinesTest() throws IOException {
    terminal =
        new ExternalTerminal(
            "test", "xterm", new PipedInputStream(keys), screen, StandardCharsets.UTF_8);
    terminal.setSize(Size.of(80, 24));
    lines = new TerminalLines(terminal);
  }

  @AfterEach
  void close() throws IOException {
    lines.close();
    keys.close();
  }

  private void type(String text) throws IOException {
    keys.write(text.getBytes(StandardCharsets.UTF_8));
    keys.flush();
  }

  /** What is read where the keys are pressed once the prompt is on the screen. */
  private @Nullable String read(String prompt, String text) throws Exception {
    CompletableFuture<@Nullable String> read =
        CompletableFuture.supplyAsync(() -> lines.read(prompt));
    while (!read.isDone() && !screen.toString(StandardCharsets.UTF_8).contains(prompt)) {
      Thread.sleep(5);
    }
    type(text);
    return read.get();
  }

  @Test
  void linesCanBeEditedAndCalledBack() throws Exception {
    assertThat(read("one> ", "helpo" + BACKSPACE + BACKSPACE + "lo\r")).isEqualTo("hello");
    assertThat(read("two> ", UP + " again\r")).isEqualTo("hello again");
    assertThat(read("three> ", "灯笼 in a house!\r")).isEqualTo("灯笼 in a house!");
    assertThat(read("four> ", "/rege\t\r")).startsWith("/regenerate");
  }

  @Test
  void ctrlCGivesTheLineUpAndCtrlDEnds() throws Exception {
    assertThat(read("one> ", "half a" + CTRL_C)).isEmpty();
    assertThat(read("two> ", "whole\r")).isEqualTo("whole");
    assertThat(read("three> ", CTRL_D)).isNull();
  }

  @Test
  void severalPastedLinesAreOneQuestion() throws Exception {
    assertThat(read("one> ", "\u001b[200~two\nlines\u001b[201~\r")).isEqualTo("two\nlines");
  }

  @Test
  void ctrlCDuringAnAnswerIsHeardAlsoAfterALineWasRead() throws Exception {
    CountDownLatch stopped = new CountDownLatch(2);
    lines.onInterrupt(stopped::countDown);
    terminal.raise(Terminal.Signal.INT);
    assertThat(read("one> ", "hello\r")).isEqualTo("hello");
    terminal.raise(Terminal.Signal.INT);
    stopped.await();
  }
}
