/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.chat;

import dev.dpo4j.api.AnswerOptions;
import dev.dpo4j.api.Generator;
import dev.dpo4j.generate.GenerationTask;
import dev.dpo4j.generate.TokenListener;
import dev.dpo4j.template.TemplateException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One of the models in a chat. */
@SuppressWarnings("NullAway") // it loses the nullness of type arguments between modules
final class ChatVoice {
  /** A question that this model cannot be asked, with the reason for the person. */
  static final class CannotAnswer extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CannotAnswer(String message) {
      super(message);
    }
  }

  private final String name;
  private final Generator generator;

  ChatVoice(String name, Generator generator) {
    this.name = name;
    this.generator = generator;
  }

  String name() {
    return name;
  }

  /** Whether the prompt opens the thinking itself. */
  boolean beginsThinking(int[] prompt) {
    int from = Math.max(0, prompt.length - 8);
    int[] end = Arrays.copyOfRange(prompt, from, prompt.length);
    return ThinkingText.opens(generator.language().tokenizer().decode(end, false));
  }

  GenerationTask ask(int[] prompt, ChatOptions options, long seed, TokenListener listener) {
    AnswerOptions answer = generator.defaults().seed(seed);
    Integer limit = options.maxNewTokens();
    answer = answer.maxNewTokens(limit == null ? generator.context() : limit);
    Double temperature = options.temperature();
    if (temperature != null) {
      answer = answer.temperature(temperature);
    }
    Double topP = options.topP();
    if (topP != null) {
      answer = answer.topP(topP);
    }
    try {
      return generator.submit(prompt, answer, listener);
    } catch (IllegalArgumentException e) {
      throw new CannotAnswer(e.getMessage() + ". /reset begins anew");
    }
  }

  /** Renders a conversation up to where the answer begins. */
  int[] encode(List<Map<String, @Nullable Object>> messages) {
    try {
      return generator.encode(messages);
    } catch (TemplateException | IllegalArgumentException e) {
      throw new CannotAnswer(
          "the chat template of %s refuses this conversation: %s".formatted(name, e.getMessage()));
    }
  }
}
