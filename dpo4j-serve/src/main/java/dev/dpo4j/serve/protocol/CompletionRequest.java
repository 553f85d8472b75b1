/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.serve.protocol;

import dev.dpo4j.api.AnswerOptions;
import dev.dpo4j.generate.SamplingOptions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A request to continue texts.
 *
 * @param model the name of the model
 * @param prompts what is continued
 * @param n how many continuations of each
 * @param echo whether the prompt stands before its continuation
 * @param logProbs how many of the most probable tokens are told at each place; -1 for no
 *     log-probabilities
 * @param maxTokens most tokens of a continuation; 0 only with echo
 * @param stream whether continuations are sent while they are made
 * @param usageInStream whether the last piece tells the number of tokens
 */
public record CompletionRequest(
    String model,
    List<Prompt> prompts,
    int n,
    boolean echo,
    int logProbs,
    int maxTokens,
    boolean stream,
    boolean usageInStream,
    Fields fields) {
  /** OpenAI's default. */
  private static final int MAX_TOKENS = 16;

  private static final int MOST_PROMPTS = 2048;
  private static final Set<String> KNOWN = known();

  /**
   * What is continued: a text or tokens.
   *
   * @param text the text, null for tokens
   * @param ids the tokens, empty for a text
   */
  public record Prompt(@Nullable String text, List<Integer> ids) {}

  private static Set<String> known() {
    Set<String> known = new HashSet<>(AnswerFields.KNOWN);
    known.addAll(List.of("prompt", "echo", "logprobs", "best_of", "suffix", "response_format"));
    return known;
  }

  /**
   * Reads the body of a request.
   *
   * @throws ApiException with the name of the first field that cannot be used
   */
  public static CompletionRequest read(String body) {
    Fields fields = WireJson.body(body);
    fields.refuseUnknown(KNOWN);
    fields.refuse("suffix", "the model writes from left to right");
    int n = AnswerFields.n(fields);
    Integer bestOf = fields.integer("best_of", 1, Integer.MAX_VALUE);
    if (bestOf != null && bestOf != n) {
      throw fields.fault("best_of", bestOf, "equal to n, which is " + n);
    }
    boolean echo = fields.flag("echo", false);
    Integer limit = fields.integer("max_tokens", 0, Integer.MAX_VALUE);
    if (limit != null && limit == 0 && !echo) {
      throw fields.fault("max_tokens", 0, "at least 1 without echo");
    }
    Integer logProbs = fields.integer("logprobs", 0, 20);
    String model = fields.text("model");
    return new CompletionRequest(
        model == null ? "" : model,
        prompts(fields),
        n,
        echo,
        logProbs == null ? -1 : logProbs,
        limit == null ? MAX_TOKENS : limit,
        fields.flag("stream", false),
        AnswerFields.usageInStream(fields),
        fields);
  }

  /** How continuations are made, with defaults of the model. */
  public AnswerOptions options(SamplingOptions defaults) {
    AnswerOptions options = AnswerFields.options(fields, defaults, Math.max(1, maxTokens));
    return AnswerFields.withForm(fields, options).logProbs(logProbs);
  }

  private static List<Prompt> prompts(Fields fields) {
    String expected = "a text, a list of texts, a list of token ids, or a list of such lists";
    JsonNode prompt = fields.get("prompt");
    if (prompt == null || (prompt.isEmpty() && prompt.isContainer()) || prompt.isObject()) {
      throw fields.fault("prompt", prompt, expected);
    }
    if (prompt.isString()) {
      return List.of(new Prompt(prompt.stringValue(), List.of()));
    }
    if (!prompt.isArray()) {
      throw fields.fault("prompt", prompt, expected);
    }
    if (prompt.get(0).isNumber()) {
      return List.of(new Prompt(null, ids(fields, prompt)));
    }
    if (prompt.size() > MOST_PROMPTS) {
      throw fields.fault("prompt", prompt.size() + " prompts", "at most " + MOST_PROMPTS);
    }
    List<Prompt> prompts = new ArrayList<>();
    for (JsonNode item : prompt) {
      if (item.isString()) {
        prompts.add(new Prompt(item.stringValue(), List.of()));
      } else if (item.isArray()) {
        prompts.add(new Prompt(null, ids(fields, item)));
      } else {
        throw fields.fault("prompt", item, expected);
      }
    }
    return prompts;
  }

  private static List<Integer> ids(Fields fields, JsonNode list) {
    List<Integer> ids = new ArrayList<>();
    for (JsonNode id : list) {
      if (!id.isIntegralNumber() || !id.canConvertToInt() || id.intValue() < 0) {
        throw fields.fault("prompt", id, "made of token ids");
      }
      ids.add(id.intValue());
    }
    return ids;
  }
}
