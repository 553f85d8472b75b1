/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.cli.command.CommandFailure;
import dev.dpo4j.cli.demo.TinyModel;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.cli.terminal.StatusStream;
import dev.dpo4j.cli.terminal.Terminal;
import dev.dpo4j.cli.terminal.TextWidth;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.value.FlagSource;
import dev.dpo4j.io.ForeignFileException;
import dev.dpo4j.io.ShownText;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a person says and what comes back, with a tiny model of random weights. */
class ChatCommandTest {
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir static Path folder;
  private static Path model = Path.of("");
  private static Path other = Path.of("");

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @BeforeAll
  static void write() throws IOException {
    model = TinyModel.write(folder.resolve("a"));
    other = TinyModel.write(folder.resolve("b"), 2);
  }

  /** Lines as typed; a line "^C" is pressed once the answer before it has begun. */
  private record Typed(Deque<String> lines, int columns) implements LineSource {
    @Override
    public @Nullable String read(String prompt) {
      return lines.poll();
    }

    @Override
    public void onInterrupt(Runnable action) {
      if ("^C".equals(lines.peek())) {
        lines.remove();
        Thread thread =
            new Thread(
                () -> {
                  while (!Thread.currentThread().isInterrupted()) {
                    action.run();
                    Thread.yield();
                  }
                });
        thread.setDaemon(true);
        thread.start();
      }
    }

    @Override
    public void close() {}
  }

  private int chat(List<String> lines, String... flags) {
    return chat(() -> new Typed(new ArrayDeque<>(lines), 0), flags);
  }

  private int chat(Supplier<LineSource> source, String... flags) {
    return chat(source, false, Terminal.plain(), flags);
  }

  private int chat(
      Supplier<LineSource> source, boolean person, Terminal terminal, String... flags) {
    StatusStream status = new StatusStream(err);
    Console console =
        new Console(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(status, true, StandardCharsets.UTF_8),
            status,
            terminal);
    List<String> arguments = new ArrayList<>(List.of("--model_name_or_path=" + model));
    arguments.addAll(List.of(flags));
    ChatOptions options =
        Binder.of(ChatOptions.class).bind(List.of(), FlagSource.parse(arguments)).value();
    ChatCommand command = new ChatCommand(console, person, source);
    try {
      return command.run(options).code();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private String said() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private JsonNode saved(String name) throws IOException {
    return JSON.readTree(Files.readString(folder.resolve(name))).get("messages");
  }

  @Test
  void theConversationIsKeptAndSaved() throws IOException {
    Path file = folder.resolve("talk.json");
    int code =
        chat(
            List.of("a lantern", "in the \\", "window", "/save " + file, "/exit", "never"),
            "--max_new_tokens=5",
            "--system=be short");
    assertThat(code).as(err.toString(StandardCharsets.UTF_8)).isZero();
    JsonNode messages = saved("talk.json");
    assertThat(messages.size()).isEqualTo(5);
    assertThat(messages.at("/0/content").asString()).isEqualTo("be short");
    assertThat(messages.at("/3/content").asString()).isEqualTo("in the \nwindow");
    assertThat(said())
        .isEqualTo(
            messages.at("/2/content").asString()
                + "\n"
                + messages.at("/4/content").asString()
                + "\n");
  }

  @Test
  void onATerminalAnAnswerBreaksBetweenItsWordsAndThroughAPipeNowhere() throws IOException {
    Path file = folder.resolve("long-answer.json");
    List<String> asked = List.of("a lantern", "/save " + file);
    String[] flags = {"--max_new_tokens=120", "--temperature=0"};
    assertThat(chat(asked, flags)).isZero();
    String piped = said();
    String answer = saved("long-answer.json").at("/1/content").asString();
    assertThat(piped).isEqualTo(answer + "\n");
    assertThat(answer.lines()).anySatisfy(line -> assertThat(TextWidth.of(line)).isGreaterThan(30));

    out.reset();
    Files.delete(file);
    Supplier<LineSource> typed = () -> new Typed(new ArrayDeque<>(asked), 30);
    assertThat(chat(typed, true, new Terminal(true, false, true, 80), flags)).isZero();
    assertThat(said().lines())
        .allSatisfy(line -> assertThat(TextWidth.of(line)).isLessThanOrEqualTo(30));
    String letters = ShownText.plain(answer).replaceAll("\\s", "");
    assertThat(said().replaceAll("\\s", "")).isEqualTo(letters);
    assertThat(saved("long-answer.json").at("/1/content").asString()).isEqualTo(answer);
  }

  @Test
  void resettingAndRegeneratingLeaveOneTurn() throws IOException {
    Path file = folder.resolve("again.json");
    List<String> lines =
        List.of(
            "one",
            "/reset",
            "\"\"\"two",
            "lines\"\"\"",
            "/regenerate",
            "/nonsense",
            "/save " + file);
    assertThat(chat(lines, "--max_new_tokens=3")).isZero();
    assertThat(saved("again.json").size()).isEqualTo(2);
    assertThat(saved("again.json").at("/0/content").asString()).isEqualTo("two\nlines");
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("unknown command /nonsense");
  }

  @Test
  void theLikedOneOfTwoAnswersBecomesAPreferenceRow() throws IOException {
    Path pairs = folder.resolve("pairs.jsonl");
    Path file = folder.resolve("liked.json");
    int code =
        chat(
            List.of("a lantern", "/like 2", "/save " + file),
            "--compare=" + other,
            "--preferences=" + pairs,
            "--max_new_tokens=6");
    assertThat(code).as(err.toString(StandardCharsets.UTF_8)).isZero();
    JsonNode row = JSON.readTree(Files.readString(pairs));
    assertThat(row.at("/prompt/0/content").asString()).isEqualTo("a lantern");
    assertThat(row.at("/chosen/0/content").asString())
        .isNotEqualTo(row.at("/rejected/0/content").asString());
    assertThat(saved("liked.json").at("/1/content")).isEqualTo(row.at("/chosen/0/content"));
  }

  @Test
  void throughAPipeBothAnswersStandInColumnsOfLinesThatEnd() throws IOException {
    Path pairs = folder.resolve("piped.jsonl");
    byte[] lines = "a lantern\r\n/like 1\nin the window".getBytes(StandardCharsets.UTF_8);
    int code =
        chat(
            () -> new PipedLines(new ByteArrayInputStream(lines)),
            "--compare=" + other,
            "--preferences=" + pairs,
            "--temperature=0",
            "--max_new_tokens=40");
    assertThat(code).as(err.toString(StandardCharsets.UTF_8)).isZero();
    assertThat(
            said().lines().filter(line -> line.matches("\\[1] tiny model +\\| \\[2] tiny model")))
        .hasSize(2);
    assertThat(said().lines()).allSatisfy(line -> assertThat(TextWidth.of(line)).isLessThan(121));
    JsonNode row = JSON.readTree(Files.readString(pairs));
    assertThat(row.at("/prompt/0/content").asString()).isEqualTo("a lantern");
    assertThat(row.at("/chosen/0/content")).isNotEqualTo(row.at("/rejected/0/content"));
  }

  @Test
  void severalLinesWithoutAnEndAreRefusedBeforeTheyFillTheMemory() {
    String line = "a".repeat(LineSource.LONGEST / 4);
    LineSource endless =
        new LineSource() {
          private boolean begun;

          @Override
          public String read(String prompt) {
            String read = begun ? line : "\"\"\"" + line;
            begun = true;
            return read;
          }

          @Override
          public int columns() {
            return 0;
          }

          @Override
          public void onInterrupt(Runnable action) {}

          @Override
          public void close() {}
        };
    assertThatThrownBy(() -> chat(() -> endless))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("longer than 4,194,304 characters: does its end miss?");
  }

  @Test
  void filesOfOthersAreNeitherReplacedNorContinued() throws IOException {
    Path notes = Files.writeString(folder.resolve("notes.txt"), "my notes");
    List<String> lines = List.of("hi", "/save " + notes, "/save " + folder);
    assertThat(chat(lines, "--max_new_tokens=2")).isZero();
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("error: " + notes + " exists")
        .contains("error: " + folder + " exists");
    assertThat(notes).hasContent("my notes");
    Path file = folder.resolve("twice.json");
    List<String> twice = List.of("hi", "/save " + file, "ho", "/save " + file);
    assertThat(chat(twice, "--max_new_tokens=2")).isZero();
    assertThat(saved("twice.json").size()).isEqualTo(4);
    String mine =
        "{\"prompt\":\"a\",\"chosen\":\"b\",\"rejected\":\"c\"}\n{\"prompt\":\"d\",\"chosen\":\"e";
    Path pairs = Files.writeString(folder.resolve("mine.jsonl"), mine);
    assertThatThrownBy(() -> chat(List.of("never"), "--compare=" + other, "--preferences=" + pairs))
        .isInstanceOf(ForeignFileException.class);
    assertThat(Files.readString(pairs)).isEqualTo(mine);
  }

  @Test
  void ctrlCStopsTheAnswerAndNotTheProgram() throws IOException {
    Path file = folder.resolve("stopped.json");
    assertThat(chat(List.of("^C", "a lantern", "/save " + file))).isZero();
    assertThat(saved("stopped.json").size()).isEqualTo(2);
  }

  @Test
  void aQuestionBeyondTheContextIsRefusedAndTheChatGoesOn() throws IOException {
    Path file = folder.resolve("long.json");
    List<String> lines = List.of("lantern ".repeat(400), "hi", "/save " + file);
    assertThat(chat(lines, "--max_new_tokens=2")).isZero();
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("tokens, but").contains("/reset");
    assertThat(saved("long.json").at("/0/content").asString()).isEqualTo("hi");
  }
}
