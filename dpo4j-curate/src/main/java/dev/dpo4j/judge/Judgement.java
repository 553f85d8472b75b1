/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge;

import dev.dpo4j.judge.endpoint.ChatCompletion;
import dev.dpo4j.judge.endpoint.InvalidReplyException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a judge said of two answers in one order.
 *
 * @param verdict which one is better
 * @param reason why, in the judge's words
 */
public record Judgement(Verdict verdict, String reason) {
  private static final List<String> REASONS = List.of("reason", "explanation", "rationale");

  /** Each brace may open an object, so that a text of braces takes the square of its length. */
  private static final long MOST_CHARS = 10_000_000;

  private static final int MOST_OBJECTS = 10_000;

  /** Models write JSON as people do; what is meant is clear all the same. */
  private static final JsonMapper LENIENT =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(JsonReadFeature.ALLOW_SINGLE_QUOTES)
                  .enable(JsonReadFeature.ALLOW_TRAILING_COMMA)
                  .enable(JsonReadFeature.ALLOW_UNQUOTED_PROPERTY_NAMES)
                  .enable(JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS)
                  .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS)
                  .build())
          .build();

  /**
   * Reads a verdict out of a reply: a JSON object with {@code verdict} and {@code reason}, with any
   * text around it.
   *
   * @throws InvalidReplyException if there is none, if it is none of A, B and tie, if it has no
   *     reason, or if there are two that differ
   */
  static Judgement parse(ChatCompletion reply) {
    String text = reply.afterThinking();
    List<Judgement> found = new ArrayList<>();
    Set<Verdict> verdicts = new TreeSet<>();
    String fault = "";
    for (JsonNode object : objects(text)) {
      if (object.has("verdict")) {
        try {
          Judgement judgement = of(object);
          found.add(judgement);
          verdicts.add(judgement.verdict());
        } catch (InvalidReplyException e) {
          fault = String.valueOf(e.getMessage());
        }
      }
    }
    if (verdicts.size() == 1 && fault.isEmpty()) {
      return found.get(found.size() - 1);
    }
    if (verdicts.size() > 1) {
      throw new InvalidReplyException("the reply holds several verdicts: " + verdicts);
    }
    if (fault.isEmpty() && reply.finishReason().equals("length")) {
      throw new InvalidReplyException("the reply was cut off before its verdict: raise max_tokens");
    }
    throw new InvalidReplyException(
        fault.isEmpty() ? "the reply holds no JSON object with a verdict" : fault);
  }

  private static Judgement of(JsonNode object) {
    JsonNode given = object.get("verdict");
    String word = given.isString() ? given.stringValue().strip() : given.toString();
    Verdict verdict = verdict(word);
    if (verdict == null) {
      throw new InvalidReplyException(
          "the verdict must be A, B or tie but is "
              + (word.length() > 40 ? word.substring(0, 40) + "..." : word));
    }
    for (String name : REASONS) {
      if (object.has(name) && object.get(name).isString()) {
        String reason = object.get(name).stringValue().strip();
        if (!reason.isEmpty()) {
          return new Judgement(verdict, reason);
        }
      }
    }
    throw new InvalidReplyException("the verdict has no reason");
  }

  private static @Nullable Verdict verdict(String word) {
    Map<String, Verdict> words =
        Map.of("a", Verdict.FIRST, "b", Verdict.SECOND, "tie", Verdict.TIE);
    String plain = word.toLowerCase(Locale.ROOT).replaceAll("^answer[ _-]?|[\\[\\]\"'.]", "");
    return words.get(plain);
  }

  /** The JSON objects that stand in a text and not inside of each other. */
  private static List<JsonNode> objects(String text) {
    List<JsonNode> objects = new ArrayList<>();
    long read = 0;
    int at = text.indexOf('{');
    while (at >= 0) {
      int end = closing(text, at);
      read += (end < 0 ? text.length() : end) - at;
      if (read > MOST_CHARS || objects.size() > MOST_OBJECTS) {
        throw new InvalidReplyException("the reply has too many braces to be read");
      }
      if (end < 0) {
        break;
      }
      try {
        objects.add(LENIENT.readTree(text.substring(at, end + 1)));
        at = text.indexOf('{', end + 1);
      } catch (JacksonException e) {
        at = text.indexOf('{', at + 1);
      }
    }
    return objects;
  }

  /** The brace that closes the one at {@code from}, or -1. */
  private static int closing(String text, int from) {
    int depth = 0;
    boolean quoted = false;
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quoted && c == '\\') {
        i++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (!quoted && c == '{') {
        depth++;
      } else if (!quoted && c == '}' && --depth == 0) {
        return i;
      }
    }
    return -1;
  }
}
