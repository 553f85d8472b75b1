/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tokenizer;

import dev.dpo4j.io.Checksums;
import dev.dpo4j.template.ChatTemplate;
import dev.dpo4j.template.TemplateException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Holds the chat templates of a model by name and picks the one for a conversation: {@code
 * tool_use} where the conversation has tools and the model has such a template, else {@code
 * default}.
 */
public final class ChatTemplates {
  private final Path folder;
  private final Map<String, String> sources;
  private final Map<String, ChatTemplate> compiled = new ConcurrentHashMap<>();

  ChatTemplates(Path folder, Map<String, String> sources) {
    this.folder = folder;
    this.sources = new LinkedHashMap<>(sources);
  }

  /** Returns whether the model has no chat template at all. */
  public boolean isEmpty() {
    return sources.isEmpty();
  }

  /** Returns the source of each template, by name. */
  public Map<String, String> sources() {
    return Map.copyOf(sources);
  }

  /** Returns the SHA-256 of all templates with their names; empty where there is none. */
  public String checksum() {
    List<String> texts = new ArrayList<>();
    new TreeMap<>(sources).forEach((name, source) -> texts.addAll(List.of(name, source)));
    return texts.isEmpty() ? "" : Checksums.of(texts.toString());
  }

  /**
   * Returns the template for a conversation.
   *
   * @param withTools whether the conversation declares tools
   * @throws TokenizerException if there is none, or if it does not compile
   */
  public ChatTemplate select(boolean withTools) {
    String name = withTools && sources.containsKey("tool_use") ? "tool_use" : "default";
    String source = sources.get(name);
    if (source == null) {
      throw new TokenizerException(
          sources.isEmpty()
              ? "%s has no chat template, which messages need: expected chat_template.jinja or \"chat_template\" in tokenizer_config.json. Put a chat_template.jinja into the folder, or give the data as plain strings."
                  .formatted(folder)
              : "%s has the chat templates %s but none named \"default\". Rename one of them."
                  .formatted(folder, sources.keySet()));
    }
    return compiled.computeIfAbsent(name, unused -> compile(name, source));
  }

  private ChatTemplate compile(String name, String source) {
    try {
      return ChatTemplate.compile(source);
    } catch (TemplateException e) {
      throw new TokenizerException(
          "the chat template \"%s\" of %s does not compile: %s"
              .formatted(name, folder, e.getMessage()),
          e);
    }
  }
}
