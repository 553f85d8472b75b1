/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.chat;

import dev.dpo4j.cli.command.CommandFailure;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.data.file.JsonText;
import dev.dpo4j.data.file.JsonlLog;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.generate.Answer;
import dev.dpo4j.generate.GenerationTask;
import dev.dpo4j.generate.TokenListener;
import dev.dpo4j.io.ForeignFileException;
import dev.dpo4j.io.InUseException;
import dev.dpo4j.io.OwnFiles;
import dev.dpo4j.io.ShownText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A conversation of a person with a model, or with two. */
final class ChatSession {
  static final List<String> COMMANDS =
      List.of("/help", "/system", "/reset", "/save", "/regenerate", "/like", "/exit");

  private static final String HELP =
      """
      /system TEXT    sets the system message and begins anew; without TEXT removes it
      /reset          begins anew
      /regenerate     answers the last question again
      /save FILE      writes the conversation as JSON
      /like 1|2       with --compare: goes on with that answer, and adds the pair to --preferences
      /exit           ends, as does Ctrl-D
      A line that ends in \\ goes on in the next one; \"\"\" begins and ends several lines.
      Ctrl-C stops an answer.
      """;

  private static final JsonlLog.Kind PAIRS =
      new JsonlLog.Kind(
          "preference row",
          "{\"prompt\":[",
          row ->
              row.keySet().equals(Set.of("prompt", "chosen", "rejected"))
                  && row.values().stream().allMatch(List.class::isInstance));

  private static final String DIM = "\u001b[2m";
  private static final String PLAIN = "\u001b[0m";

  private final Console console;
  private final LineSource lines;
  private final ChatOptions options;
  private final List<ChatVoice> voices;
  private final boolean person;
  private final List<Map<String, @Nullable Object>> messages = new ArrayList<>();
  private final List<GenerationTask> running = new ArrayList<>();
  private List<Answer> answers = List.of();
  private @Nullable String system;
  private long asked;

  /** Whether what was shown last is thinking. */
  private boolean thinks;

  /**
   * Makes a session.
   *
   * @param voices the model, and the one that it is compared with
   * @param person whether somebody sits at a terminal
   */
  ChatSession(
      Console console,
      LineSource lines,
      ChatOptions options,
      List<ChatVoice> voices,
      boolean person) {
    this.console = console;
    this.lines = lines;
    this.options = options;
    this.voices = List.copyOf(voices);
    this.person = person;
    this.system = options.system();
    begin();
  }

  /**
   * Refuses a file of preferences that no chat wrote, before anybody has talked.
   *
   * @throws ForeignFileException if it is one; it was not changed
   */
  static void requirePreferences(Path file) {
    if (Files.exists(file)) {
      JsonlLog.open(file, PAIRS).close();
    }
  }

  private void begin() {
    messages.clear();
    answers = List.of();
    if (system != null) {
      messages.add(message("system", system));
    }
  }

  private static Map<String, @Nullable Object> message(String role, String content) {
    Map<String, @Nullable Object> message = new LinkedHashMap<>();
    message.put("role", role);
    message.put("content", content);
    return message;
  }

  /** Talks until the end of the lines. */
  void run() {
    lines.onInterrupt(this::stop);
    for (String input = read(); input != null; input = read()) {
      if (input.startsWith("/") && isCommand(input)) {
        if (!command(input)) {
          return;
        }
      } else if (!input.isBlank()) {
        ask(input);
      }
    }
  }

  private void stop() {
    synchronized (running) {
      running.forEach(GenerationTask::cancel);
    }
  }

  /** Reads what the person says, of one line or more. */
  private @Nullable String read() {
    String line = lines.read("> ");
    if (line == null) {
      return null;
    }
    StringBuilder text = new StringBuilder();
    boolean quoted = line.startsWith("\"\"\"");
    if (quoted) {
      line = line.substring(3);
    }
    while (line != null) {
      boolean goesOn = quoted ? !line.endsWith("\"\"\"") : line.endsWith("\\");
      text.append(goesOn || !quoted ? line : line.substring(0, line.length() - 3));
      if (!goesOn) {
        break;
      }
      if (!quoted) {
        text.setLength(text.length() - 1);
      }
      if (text.length() > LineSource.LONGEST) {
        throw new CommandFailure(
            "A question of several lines is longer than %,d characters: does its end miss?"
                .formatted(LineSource.LONGEST));
      }
      text.append('\n');
      line = lines.read("... ");
    }
    return text.toString();
  }

  private static boolean isCommand(String input) {
    return input.substring(1).matches("(?s)[a-z]+(\\s.*)?");
  }

  /** Does what a line with a slash says; returns false at the end. */
  private boolean command(String input) {
    String[] parts = input.split("\\s+", 2);
    String rest = parts.length > 1 ? parts[1].strip() : "";
    switch (parts[0]) {
      case "/exit", "/quit", "/bye" -> {
        return false;
      }
      case "/help" -> console.err().print(HELP);
      case "/reset" -> begin();
      case "/system" -> {
        system = rest.isEmpty() ? null : rest;
        begin();
      }
      case "/save" -> save(rest);
      case "/regenerate" -> regenerate();
      case "/like" -> like(rest);
      default -> say("unknown command " + parts[0] + "; /help lists all");
    }
    return true;
  }

  private void say(String text) {
    console.err().println(text);
  }

  private void ask(String question) {
    messages.add(message("user", question));
    answer();
  }

  private void regenerate() {
    if (answers.isEmpty()) {
      say("there is no answer yet");
      return;
    }
    messages.remove(messages.size() - 1);
    answer();
  }

  /** Lets the models answer the last message; it is taken back where they cannot. */
  private void answer() {
    try {
      answers = voices.size() == 1 ? List.of(streamed()) : compared();
      messages.add(message("assistant", answers.get(0).text()));
    } catch (ChatVoice.CannotAnswer | ArithmeticException e) {
      say("error: " + e.getMessage());
      messages.remove(messages.size() - 1);
      answers = List.of();
    } finally {
      synchronized (running) {
        running.clear();
      }
    }
  }

  private GenerationTask start(ChatVoice voice, int[] prompt, TokenListener listener) {
    synchronized (running) {
      GenerationTask task = voice.ask(prompt, options, options.seed() + asked, listener);
      running.add(task);
      return task;
    }
  }

  private Answer streamed() {
    ChatVoice voice = voices.get(0);
    asked++;
    thinks = false;
    int[] prompt = voice.encode(messages);
    FlowingText flow = new FlowingText(this::width);
    ThinkingText text =
        new ThinkingText(
            voice.beginsThinking(prompt), (piece, thinking) -> show(flow, piece, thinking));
    Answer answer = start(voice, prompt, (id, piece, logProb) -> text.append(piece)).await();
    text.finish();
    show(flow.finish(), thinks);
    console.out().println();
    console.out().flush();
    return answer;
  }

  private void show(FlowingText flow, String text, boolean thinking) {
    if (thinking != thinks) {
      show(flow.finish(), thinks);
      thinks = thinking;
    }
    // What a model says may hold what a terminal obeys; a file or a pipe gets it as it is.
    show(person ? flow.append(ShownText.plain(text)) : text, thinking);
  }

  private void show(String text, boolean thinking) {
    boolean dim = thinking && console.terminal().color();
    console.out().print(dim && !text.isEmpty() ? DIM + text + PLAIN : text);
    console.out().flush();
  }

  /** Columns of the screen; a file or a pipe has no end. */
  private int width() {
    int told = console.terminal().textWidth();
    int columns = lines.columns();
    return columns > 0 && console.terminal().interactive() ? columns : told;
  }

  private List<Answer> compared() {
    asked++;
    List<GenerationTask> tasks =
        voices.stream()
            .map(voice -> start(voice, voice.encode(messages), TokenListener.NONE))
            .toList();
    List<Answer> both = tasks.stream().map(GenerationTask::await).toList();
    List<String> shown =
        SideBySide.lines(
            voices.get(0).name(),
            both.get(0).text(),
            voices.get(1).name(),
            both.get(1).text(),
            width());
    shown.forEach(line -> console.out().println(person ? ShownText.plain(line) : line));
    console.out().flush();
    return both;
  }

  private void save(String file) {
    if (file.isEmpty()) {
      say("/save needs the name of a file");
      return;
    }
    try {
      String json = JsonText.write(Map.of("messages", messages));
      OwnFiles own = OwnFiles.beside(Path.of(file));
      own.require(Path.of(file));
      own.write(Path.of(file), json + "\n");
      say("saved " + messages.size() + " messages in " + file);
    } catch (ForeignFileException e) {
      say("error: " + e.getMessage());
    } catch (IOException | InvalidPathException e) {
      say("error: " + file + " cannot be written: " + e.getMessage());
    }
  }

  /** Goes on with the answer that the person likes better, and keeps the pair. */
  private void like(String which) {
    if (answers.size() < 2 || !(which.equals("1") || which.equals("2"))) {
      say("/like 1 or /like 2 says which of two answers you like better; it needs --compare");
      return;
    }
    int liked = Integer.parseInt(which) - 1;
    String chosen = answers.get(liked).text();
    String rejected = answers.get(1 - liked).text();
    messages.remove(messages.size() - 1);
    Path file = options.preferences();
    if (file != null && !chosen.equals(rejected)) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("prompt", List.copyOf(messages));
      row.put("chosen", List.of(message("assistant", chosen)));
      row.put("rejected", List.of(message("assistant", rejected)));
      try (JsonlLog log = JsonlLog.open(Objects.requireNonNull(file), PAIRS)) {
        log.append(row);
        say("added to " + file);
      } catch (ForeignFileException
          | InUseException
          | DataException
          | UncheckedIOException e) { // The conversation is worth more than one pair.
        say("error: the pair was not added: " + e.getMessage());
      }
    } else if (file != null) {
      say("both answers are the same: there is nothing to prefer");
    }
    messages.add(message("assistant", chosen));
  }
}
