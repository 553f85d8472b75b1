/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tokenizer;

import dev.dpo4j.io.Checksums;
import dev.dpo4j.template.Rendered;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Renders conversations with the model's chat template and tokenises the result, as {@code
 * apply_chat_template} of transformers does.
 *
 * <p>A message is a map with at least {@code role}; fields that are null are left out before the
 * template sees them. The rendered text is tokenised without adding special tokens, because the
 * template writes them itself.
 */
public final class ChatTokenizer {
  /**
   * Names under which messages may carry the model's reasoning, the first being the current one.
   */
  private static final List<String> REASONING =
      List.of("reasoning_content", "thinking", "reasoning");

  /** Names that are given by the caller of the template and cannot be set by a row. */
  private static final Set<String> RESERVED =
      Set.of(
          "messages",
          "conversation",
          "chat_template",
          "add_generation_prompt",
          "continue_final_message",
          "tokenize",
          "padding",
          "truncation",
          "max_length",
          "return_tensors",
          "return_dict",
          "return_assistant_tokens_mask",
          "tokenizer_kwargs");

  /** How Qwen2.5's template writes what an assistant says, behind the opening of its turn. */
  private static final String ANSWER_WITH_LINE_END = "{{- '\\n' + message.content }}";

  private final Tokenizer tokenizer;
  private final ChatTemplates templates;

  /** Joins a tokenizer with chat templates. */
  public ChatTokenizer(Tokenizer tokenizer, ChatTemplates templates) {
    this.tokenizer = tokenizer;
    this.templates = templates;
  }

  /** Returns the tokenizer underneath. */
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  /** Returns a checksum of tokenizer and templates; empty where the tokenizer has none. */
  public String fingerprint() {
    String own = tokenizer.fingerprint();
    return own.isEmpty() ? "" : Checksums.of(own + "\n" + new TreeMap<>(templates.sources()));
  }

  /** Returns whether the model has a chat template. */
  public boolean hasTemplate() {
    return !templates.isEmpty();
  }

  /**
   * Returns whether the line end behind the opening of an assistant's turn belongs to its answer:
   * Qwen2.5's template writes it together with the content, and TRL's marked form of it learns it.
   */
  public boolean startsAnswersWithLineEnd() {
    return templates.sources().getOrDefault("default", "").contains(ANSWER_WITH_LINE_END);
  }

  /**
   * Renders a conversation.
   *
   * @param messages the messages, at least one
   * @param tools tool schemas, or null where the conversation declares none
   * @param kwargs further variables for the template, such as {@code enable_thinking}
   * @param addGenerationPrompt whether the opening of an assistant turn is added at the end
   * @throws TokenizerException if there is no template
   * @throws dev.dpo4j.template.TemplateException if the template refuses the conversation
   * @throws IllegalArgumentException if there is no message, or a variable is reserved
   */
  public Rendered render(
      List<Map<String, @Nullable Object>> messages,
      @Nullable List<@Nullable Object> tools,
      Map<String, @Nullable Object> kwargs,
      boolean addGenerationPrompt) {
    if (messages.isEmpty()) {
      throw new IllegalArgumentException(
          "a chat template cannot be applied to an empty conversation: give at least one message");
    }
    for (String name : kwargs.keySet()) {
      if (RESERVED.contains(name)) {
        throw new IllegalArgumentException(
            "chat_template_kwargs must not hold \"%s\", which is set by the trainer"
                .formatted(name));
      }
    }
    Map<String, @Nullable Object> variables = new LinkedHashMap<>();
    variables.putAll(tokenizer.specialTokens().named());
    variables.put("messages", messages.stream().map(ChatTokenizer::normalize).toList());
    variables.put("tools", tools);
    variables.put("documents", null);
    variables.put("add_generation_prompt", addGenerationPrompt);
    variables.putAll(kwargs);
    return templates.select(variables.get("tools") != null).render(variables);
  }

  /** Renders a conversation and returns the token ids of the text. */
  public int[] encode(
      List<Map<String, @Nullable Object>> messages,
      @Nullable List<@Nullable Object> tools,
      Map<String, @Nullable Object> kwargs,
      boolean addGenerationPrompt) {
    return tokenizer.encode(render(messages, tools, kwargs, addGenerationPrompt).text(), false);
  }

  /**
   * Drops null fields, and offers the reasoning of a message under its current and its older name,
   * whichever of them the message uses.
   */
  private static Map<String, @Nullable Object> normalize(Map<String, @Nullable Object> message) {
    Map<String, @Nullable Object> kept = new LinkedHashMap<>();
    Object reasoning = null;
    for (String name : REASONING) {
      if (reasoning == null) {
        reasoning = message.get(name);
      }
    }
    if (reasoning != null) {
      kept.put("thinking", reasoning);
    }
    for (Map.Entry<String, @Nullable Object> field : message.entrySet()) {
      if (field.getValue() != null) {
        kept.put(field.getKey(), field.getValue());
      }
    }
    if (reasoning != null) {
      kept.put("reasoning_content", reasoning);
    }
    return kept;
  }

  /** Returns a list of one user message. */
  public static List<Map<String, @Nullable Object>> userMessage(String content) {
    Map<String, @Nullable Object> message = new LinkedHashMap<>();
    message.put("role", "user");
    message.put("content", content);
    List<Map<String, @Nullable Object>> messages = new ArrayList<>();
    messages.add(message);
    return messages;
  }
}
