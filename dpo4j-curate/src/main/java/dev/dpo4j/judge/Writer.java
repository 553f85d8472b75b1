/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge;

import dev.dpo4j.data.form.Prompt;
import dev.dpo4j.data.form.PromptRow;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.Message;
import dev.dpo4j.judge.endpoint.AskOutcome;
import dev.dpo4j.judge.endpoint.Asker;
import dev.dpo4j.judge.endpoint.ChatCompletion;
import dev.dpo4j.judge.endpoint.ChatRequest;
import dev.dpo4j.judge.endpoint.InvalidReplyException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A model that answers prompts. */
public final class Writer {
  private final Asker asker;
  private final String model;
  private final String instructions;
  private final @Nullable Double temperature;
  private final @Nullable Integer maxTokens;
  private final boolean keepCut;

  /**
   * Makes a writer.
   *
   * @param model name of the model at the endpoint
   * @param instructions put before the system message of a prompt; empty for none
   * @param temperature of the draws; null leaves it to the server
   * @param maxTokens most tokens of an answer; null leaves it to the server
   */
  public Writer(
      Asker asker,
      String model,
      String instructions,
      @Nullable Double temperature,
      @Nullable Integer maxTokens) {
    this(asker, model, instructions, temperature, maxTokens, false);
  }

  private Writer(
      Asker asker,
      String model,
      String instructions,
      @Nullable Double temperature,
      @Nullable Integer maxTokens,
      boolean keepCut) {
    this.asker = asker;
    this.model = model;
    this.instructions = instructions.strip();
    this.temperature = temperature;
    this.maxTokens = maxTokens;
    this.keepCut = keepCut;
  }

  /** The same writer, whose answers count as whole even if they ended at the limit of tokens. */
  public Writer keepCut(boolean keep) {
    return new Writer(asker, model, instructions, temperature, maxTokens, keep);
  }

  /** The name of the model. */
  String model() {
    return model;
  }

  /**
   * What a writer wrote.
   *
   * @param text the answer, without the thinking before it
   * @param cut whether it ended at the limit of tokens
   */
  record Written(String text, boolean cut) {}

  /** Asks for an answer; equal prompts with different variants get answers of their own. */
  CompletableFuture<AskOutcome<Written>> write(PromptRow row, int variant) {
    ChatRequest request = new ChatRequest(model, messages(row), temperature, maxTokens, variant);
    return asker.ask(request, this::read);
  }

  private Written read(ChatCompletion reply) {
    String text = reply.afterThinking();
    if (text.isEmpty()) {
      throw new InvalidReplyException("the reply holds no answer after its thinking");
    }
    return new Written(text, !keepCut && reply.finishReason().equals("length"));
  }

  private List<Message> messages(PromptRow row) {
    List<Message> messages = new ArrayList<>();
    if (row.prompt() instanceof Prompt.Text text) {
      messages.add(Message.user(text.text()));
    } else if (row.prompt() instanceof Prompt.Chat chat) {
      if (chat.context().tools() != null) {
        throw new DataException(
            row.origin() + ": the prompt has tools, which are not sent: remove the row");
      }
      messages.addAll(chat.messages());
    }
    if (instructions.isEmpty()) {
      return messages;
    }
    String system = instructions;
    if (messages.get(0).role().equals("system")) {
      system += "\n\n" + Prompt.textOf(messages.remove(0));
    }
    messages.add(0, Message.system(system));
    return messages;
  }
}
