/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.export;

import dev.dpo4j.template.TemplateException;
import dev.dpo4j.tokenizer.ChatTokenizer;
import dev.dpo4j.tokenizer.HfTokenizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The file from which Ollama makes a model: it names the GGUF file, what ends an answer, and how a
 * conversation is written.
 *
 * <p>Ollama does not run chat templates; it has a language of its own. What stands between the
 * messages is found by rendering conversations and looking at what surrounds their contents. A
 * template that does not repeat the same texts is left out, and Ollama then looks for a known one.
 */
public final class Modelfile {
  private static final String SYSTEM = "systemtextofthetemplate";
  private static final String QUESTION = "firstquestionofthetemplate";
  private static final String ANSWER = "firstanswerofthetemplate";
  private static final String SECOND = "secondquestionofthetemplate";

  private Modelfile() {}

  /**
   * The text of the file.
   *
   * @param model name of the GGUF file beside it
   * @param adapter name of the GGUF file of an adapter beside it
   * @param tokenizer gives template and ends of answers
   */
  public static String text(String model, Optional<String> adapter, HfTokenizer tokenizer) {
    StringBuilder text = new StringBuilder("FROM ./").append(model).append('\n');
    adapter.ifPresent(name -> text.append("ADAPTER ./").append(name).append('\n'));
    for (int stop : tokenizer.stopIds()) {
      tokenizer
          .idToToken(stop)
          .filter(token -> !token.contains("\""))
          .ifPresent(token -> text.append("PARAMETER stop \"").append(token).append("\"\n"));
    }
    template(tokenizer)
        .ifPresent(template -> text.append("TEMPLATE \"\"\"").append(template).append("\"\"\"\n"));
    return text.toString();
  }

  /** What stands before, between and behind the contents of a conversation. */
  private static Optional<List<String>> around(
      ChatTokenizer chat, List<String> roles, List<String> contents) {
    List<Map<String, Object>> messages = new ArrayList<>();
    for (int i = 0; i < roles.size(); i++) {
      Map<String, Object> message = new LinkedHashMap<>();
      message.put("role", roles.get(i));
      message.put("content", contents.get(i));
      messages.add(message);
    }
    String text;
    try {
      text = chat.render(messages, null, Map.of(), true).text();
    } catch (TemplateException e) {
      return Optional.empty(); // a template that has no such role, or wants another order
    }
    List<String> pieces = new ArrayList<>();
    int at = 0;
    for (String content : contents) {
      int found = text.indexOf(content, at);
      if (found < 0) {
        return Optional.empty();
      }
      pieces.add(text.substring(at, found));
      at = found + content.length();
    }
    pieces.add(text.substring(at));
    return Optional.of(pieces);
  }

  /** The template in Ollama's language. */
  static Optional<String> template(HfTokenizer tokenizer) {
    ChatTokenizer chat = tokenizer.chat();
    if (!chat.hasTemplate()) {
      return Optional.empty();
    }
    Optional<List<String>> plain =
        around(chat, List.of("user", "assistant", "user"), List.of(QUESTION, ANSWER, SECOND));
    Optional<List<String>> single = around(chat, List.of("user"), List.of(QUESTION));
    Optional<List<String>> system =
        around(
            chat,
            List.of("system", "user", "assistant", "user"),
            List.of(SYSTEM, QUESTION, ANSWER, SECOND));
    if (plain.isEmpty() || single.isEmpty()) {
      return Optional.empty();
    }
    List<String> turns = plain.get();
    String first = turns.get(0);
    boolean regular =
        single.get().equals(List.of(first, turns.get(3)))
            && (system.isEmpty() || system.get().subList(2, 5).equals(turns.subList(1, 4)));
    boolean quotable =
        turns.stream().noneMatch(piece -> piece.contains("{{") || piece.contains("\"\"\""));
    if (!regular || !quotable) {
      return Optional.empty();
    }
    return Optional.of(goTemplate(tokenizer, turns, system.orElse(List.of())));
  }

  private static String goTemplate(HfTokenizer tokenizer, List<String> turns, List<String> system) {
    String bos = addedBefore(tokenizer);
    StringBuilder text = new StringBuilder("{{ $last := \"\" }}{{ range .Messages }}");
    if (!system.isEmpty()) {
      text.append("{{ if eq .Role \"system\" }}")
          .append(without(bos, system.get(0)))
          .append("{{ .Content }}{{ else if eq .Role \"user\" }}{{ if eq $last \"system\" }}")
          .append(system.get(1))
          .append("{{ else if eq $last \"\" }}");
    } else {
      text.append("{{ if eq .Role \"user\" }}{{ if eq $last \"\" }}");
    }
    text.append(without(bos, turns.get(0)))
        .append("{{ else }}")
        .append(turns.get(2))
        .append("{{ end }}{{ .Content }}{{ else if eq .Role \"assistant\" }}")
        .append(turns.get(1))
        .append("{{ .Content }}{{ end }}{{ $last = .Role }}{{ end }}")
        .append(turns.get(3));
    return text.toString();
  }

  /** The token that llama.cpp puts before every text by itself, or nothing. */
  private static String addedBefore(HfTokenizer tokenizer) {
    int[] ids = tokenizer.encode("a", true);
    String bos = tokenizer.specialTokens().bos().orElse("");
    return tokenizer.idToToken(ids[0]).filter(bos::equals).orElse("");
  }

  private static String without(String bos, String text) {
    return text.startsWith(bos) ? text.substring(bos.length()) : text;
  }
}
