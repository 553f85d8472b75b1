/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api;

import dev.dpo4j.generate.Answer;
import dev.dpo4j.generate.TokenListener;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A conversation with a model, of which each answer sees all turns before it. */
public final class Conversation {
  private final Generator generator;
  private final List<Map<String, @Nullable Object>> messages = new ArrayList<>();

  Conversation(Generator generator) {
    this.generator = generator;
  }

  private static Map<String, @Nullable Object> message(String role, String content) {
    Map<String, @Nullable Object> message = new LinkedHashMap<>();
    message.put("role", role);
    message.put("content", content);
    return message;
  }

  /** Sets the system message; it stands before all turns. */
  public Conversation system(String content) {
    if (!messages.isEmpty() && "system".equals(messages.get(0).get("role"))) {
      messages.remove(0);
    }
    messages.add(0, message("system", content));
    return this;
  }

  /** Says something and waits for the answer. */
  public String say(String userMessage, AnswerOptions options) {
    return say(userMessage, options, text -> {}).text();
  }

  /**
   * Says something and hears the answer while it is made. Both become part of the conversation when
   * the answer ends, also by being cancelled; they do not where it fails.
   *
   * @param onText told each piece on the thread that computes: it must be quick
   */
  public Answer say(String userMessage, AnswerOptions options, Consumer<String> onText) {
    List<Map<String, @Nullable Object>> asked = new ArrayList<>(messages);
    asked.add(message("user", userMessage));
    TokenListener listener = (id, text, logProb) -> onText.accept(text);
    Answer answer = generator.submit(generator.encode(asked), options, listener).await();
    messages.add(message("user", userMessage));
    messages.add(message("assistant", answer.text()));
    return answer;
  }

  /** The turns so far, as maps with role and content. */
  public List<Map<String, @Nullable Object>> messages() {
    return List.copyOf(messages);
  }
}
