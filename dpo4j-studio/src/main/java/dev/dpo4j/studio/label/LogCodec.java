/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import dev.dpo4j.io.ParserText;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Writes and reads the lines of a file of decisions. */
final class LogCodec {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final int MOST_ANSWERS = 6;
  private static final List<String> CONTEXT = List.of("tools", "chat_template_kwargs");

  /** Raised with what is wrong with a line. */
  static final class BadLine extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BadLine(String message) {
      super(message, null, false, false);
    }

    String text() {
      return Objects.requireNonNull(getMessage());
    }
  }

  private LogCodec() {}

  /** Returns the line of an entry, with its line end. */
  static byte[] encode(LogEntry entry) {
    Map<String, @Nullable Object> line = new LinkedHashMap<>();
    if (entry instanceof Decision decision) {
      line.put("type", "decision");
      line.put("time", decision.time().toString());
      putKey(line, decision.key());
      line.put("left", decision.left());
      if (decision.order().size() > 2) {
        line.put("order", decision.order());
      }
      line.put("choice", decision.choice().word());
      if (!decision.ranking().isEmpty()) {
        line.put("ranking", decision.ranking());
      }
      line.put("winner", winner(decision));
      line.put("reason", decision.reason());
      line.put("tags", decision.tags());
      line.put("seconds", decision.seconds());
      line.put("prompt", decision.prompt());
      line.put("answers", decision.answers());
      line.putAll(decision.context());
    } else if (entry instanceof LogEntry.Undo undo) {
      line.put("type", "undo");
      line.put("time", undo.time().toString());
      putKey(line, undo.key());
    } else if (entry instanceof LogEntry.Start start) {
      line.put("type", "start");
      line.put("format", 1);
      line.put("time", start.time().toString());
      line.put("source", start.source());
      line.put("rows", start.rows());
      line.put("gold_rows", start.goldRows());
      line.put("seed", start.seed());
      line.put("overlap", start.overlap());
    }
    return (JSON.writeValueAsString(line) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private static void putKey(Map<String, @Nullable Object> line, LogEntry.Key key) {
    line.put("annotator", key.annotator());
    line.put("gold", key.gold());
    line.put("row", key.row());
    line.put("digest", key.digest());
  }

  /** Index of the better answer, null where there is none; for readers of the file. */
  @SuppressWarnings("EnumOrdinal") // the answers stand first, in the order of the file
  private static @Nullable Integer winner(Decision decision) {
    BestAnswer verdict = decision.verdict().orElse(BestAnswer.TIE);
    return verdict == BestAnswer.TIE || verdict == BestAnswer.BOTH_BAD
        ? null
        : Integer.valueOf(verdict.ordinal());
  }

  /**
   * Reads a line.
   *
   * @param keepTexts whether a decision keeps prompt and answers, or empty ones to save memory
   * @throws BadLine if it is not an entry
   */
  static LogEntry decode(byte[] line, boolean keepTexts) {
    JsonNode node;
    try {
      node = JSON.readTree(line);
    } catch (JacksonException e) {
      throw new BadLine("is not JSON: " + ParserText.plain(e.getOriginalMessage()));
    }
    if (!node.isObject()) {
      throw new BadLine("is not a JSON object");
    }
    String type = text(node, "type");
    return switch (type) {
      case "decision" -> decision(node, keepTexts);
      case "undo" -> new LogEntry.Undo(time(node), key(node));
      case "start" ->
          new LogEntry.Start(
              time(node),
              text(node, "source"),
              integer(node, "rows"),
              integer(node, "gold_rows"),
              number(node, "seed").longValue(),
              integer(node, "overlap"));
      default ->
          throw new BadLine(
              "has the type \"%s\"; expected decision, undo or start. Was it written by a later version?"
                  .formatted(type));
    };
  }

  private static Decision decision(JsonNode node, boolean keepTexts) {
    LogEntry.Key key = key(node);
    String word = text(node, "choice");
    Choice choice =
        Choice.of(word)
            .orElseThrow(
                () ->
                    new BadLine(
                        "has the choice \"%s\"; expected left, right, tie, both_bad, ranked or skip"
                            .formatted(word)));
    JsonNode answers = node.path("answers");
    int count = answers.isArray() ? answers.size() : 0;
    if (!node.has("prompt") || count < 2 || count > MOST_ANSWERS) {
      throw new BadLine("has no prompt with two to six answers");
    }
    int left = integer(node, "left");
    if (left < 0 || left >= count) {
      throw new BadLine("says left: %d; expected 0 to %d".formatted(left, count - 1));
    }
    List<List<Integer>> ranking = ranking(node.path("ranking"), choice, count);
    List<String> tags = new ArrayList<>();
    node.path("tags").forEach(tag -> tags.add(tag.asString()));
    Map<String, @Nullable Object> context = new LinkedHashMap<>();
    CONTEXT.stream()
        .filter(name -> keepTexts && node.has(name))
        .forEach(name -> context.put(name, plain(node.get(name))));
    Decision decision =
        new Decision(
            time(node),
            key.annotator(),
            key.gold(),
            key.row(),
            key.digest(),
            left,
            choice,
            node.path("reason").asString(""),
            tags,
            number(node, "seconds").doubleValue(),
            keepTexts ? plain(node.get("prompt")) : "",
            keepTexts
                ? StreamSupport.stream(answers.spliterator(), false).map(LogCodec::plain).toList()
                : List.of(),
            context,
            count == 2 ? List.of(left, 1 - left) : indices(node.path("order"), count, "order"),
            ranking);
    checkWinner(node, decision);
    return decision;
  }

  /** Groups of indices in which each answer stands once; empty unless something was ranked. */
  private static List<List<Integer>> ranking(JsonNode node, Choice choice, int count) {
    boolean ranked = choice == Choice.RANKED;
    boolean sides = choice == Choice.LEFT || choice == Choice.RIGHT;
    if (ranked != node.isArray() || (count > 2 ? sides : ranked)) {
      throw new BadLine(
          "has the choice \"%s\" on %d answers %s a ranking"
              .formatted(choice.word(), count, node.isArray() ? "with" : "without"));
    }
    List<List<Integer>> groups = new ArrayList<>();
    List<Integer> all = new ArrayList<>();
    for (JsonNode group : node) {
      List<Integer> places = new ArrayList<>();
      group.forEach(place -> places.add(place.asInt(-1)));
      groups.add(places);
      all.addAll(places);
    }
    if (ranked) {
      requireEach(all, count, "ranking");
    }
    if (groups.stream().anyMatch(List::isEmpty)) {
      throw new BadLine("has an empty group in its ranking");
    }
    return groups;
  }

  private static List<Integer> indices(JsonNode node, int count, String name) {
    List<Integer> indices = new ArrayList<>();
    node.forEach(index -> indices.add(index.asInt(-1)));
    return requireEach(indices, count, name);
  }

  private static List<Integer> requireEach(List<Integer> indices, int count, String name) {
    List<Integer> sorted = indices.stream().sorted().toList();
    if (!sorted.equals(IntStream.range(0, count).boxed().toList())) {
      throw new BadLine(
          "says %s: %s; expected each of 0 to %d once".formatted(name, indices, count - 1));
    }
    return indices;
  }

  /** A line whose winner was edited by hand would otherwise count for the other side in silence. */
  private static void checkWinner(JsonNode node, Decision decision) {
    JsonNode winner = node.path("winner");
    Integer expected = winner(decision);
    boolean same =
        expected == null ? winner.isNull() || winner.isMissingNode() : winner.asInt(-1) == expected;
    if (!same) {
      throw new BadLine(
          "says winner: %s, but choice \"%s\" with answer %d on the left means %s"
              .formatted(winner, decision.choice().word(), decision.left(), expected));
    }
  }

  private static LogEntry.Key key(JsonNode node) {
    JsonNode gold = node.path("gold");
    if (!gold.isBoolean()) {
      throw new BadLine("has no gold, true or false");
    }
    return new LogEntry.Key(
        text(node, "annotator"), gold.booleanValue(), integer(node, "row"), text(node, "digest"));
  }

  private static Object plain(JsonNode node) {
    return Objects.requireNonNullElse(JSON.treeToValue(node, Object.class), "");
  }

  private static Instant time(JsonNode node) {
    String text = text(node, "time");
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw new BadLine(
          "has the time \"%s\"; expected one such as 2030-01-31T12:00:00Z".formatted(text));
    }
  }

  private static String text(JsonNode node, String name) {
    JsonNode value = node.path(name);
    if (!value.isString()) {
      throw new BadLine("has no text under \"%s\"".formatted(name));
    }
    return value.stringValue();
  }

  private static int integer(JsonNode node, String name) {
    return number(node, name).intValue();
  }

  private static Number number(JsonNode node, String name) {
    JsonNode value = node.path(name);
    if (!value.isNumber()) {
      throw new BadLine("has no number under \"%s\"".formatted(name));
    }
    return value.numberValue();
  }
}
