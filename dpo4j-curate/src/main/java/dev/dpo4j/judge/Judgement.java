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
import tools.jackson.databind.JsonNode;

/**
 * What a judge said of two answers in one order.
 *
 * @param verdict which one is better
 * @param reason why, in the judge's words
 */
public record Judgement(Verdict verdict, String reason) {
  private static final List<String> REASONS = List.of("reason", "explanation", "rationale");

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
    for (JsonNode object : ReplyObjects.in(text)) {
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
}
