/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.serve;

import dev.dpo4j.generate.SamplingOptions;
import dev.dpo4j.io.ProcessMemory;
import dev.dpo4j.serve.protocol.ApiException;
import org.jspecify.annotations.Nullable;

/** Says whether the answers to a request can be made, before they are queued. */
final class Admission {
  private final int batchSize;
  private final int queueSize;

  Admission(int batchSize, int queueSize) {
    this.batchSize = batchSize;
    this.queueSize = queueSize;
  }

  /**
   * Returns the most tokens that an answer may have.
   *
   * @param param the field of the request in which the prompt stands
   * @param promptTokens tokens of the prompt, at least one
   * @param asked what the client asks for, or null for what fits
   * @throws ApiException if the prompt leaves no room
   */
  int maxTokens(ServedModel model, String param, int promptTokens, @Nullable Integer asked) {
    int room = model.context() - promptTokens;
    if (promptTokens == 0) {
      throw ApiException.invalid(param, "The prompt has no tokens: nothing to continue.");
    }
    if (room < 1) {
      throw ApiException.tooLong(
          param,
          "This model's maximum context length is %d tokens, of which the answer needs at least one, but the prompt has %d. Shorten the prompt."
              .formatted(model.context(), promptTokens));
    }
    return asked == null ? room : Math.min(room, asked);
  }

  /**
   * Refuses what does not fit into the queue or into memory.
   *
   * @param answers how many answers the request wants
   */
  void check(
      ServedModel model, int pending, int answers, int promptTokens, SamplingOptions sampling) {
    if (answers > queueSize + batchSize) {
      throw ApiException.invalid(
          "n",
          "n times the prompts is %d, and this server takes %d answers at a time."
              .formatted(answers, queueSize + batchSize));
    }
    if (pending + answers > queueSize + batchSize) {
      throw new ApiException(
          429,
          "rate_limit_error",
          null,
          "queue_full",
          "The queue is full: %d answers are being made or wait, and at most %d may. Try again later."
              .formatted(pending, queueSize + batchSize));
    }
    // Several answers wait for each other where memory is short; one must fit by itself.
    int tokens = promptTokens + (answers == 0 ? 0 : sampling.maxNewTokens());
    long bytes = model.missingBytes(tokens);
    long available = ProcessMemory.availableBytes();
    if (available > 0 && bytes > available) {
      throw ApiException.invalid(
          "max_tokens",
          "A prompt of %d tokens and an answer of up to %d need %d MiB more memory, and %d MiB are free: lower max_tokens, or start the server with a --max_model_len."
              .formatted(promptTokens, tokens - promptTokens, bytes >> 20, available >> 20));
    }
  }
}
