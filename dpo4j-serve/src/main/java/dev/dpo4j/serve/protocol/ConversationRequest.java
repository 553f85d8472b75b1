/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.serve.protocol;

import dev.dpo4j.api.AnswerOptions;
import dev.dpo4j.generate.SamplingOptions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A request for answers to a conversation.
 *
 * @param model the name of the model
 * @param messages the conversation, as chat templates read it
 * @param tools what the model may call, as chat templates read it; null for nothing
 * @param variables further variables of the template
 * @param n how many answers are wanted
 * @param stream whether answers are sent while they are made
 * @param usageInStream whether the last piece tells the number of tokens
 * @param maxTokens most tokens of an answer; null for as many as fit
 */
public record ConversationRequest(
    String model,
    List<Map<String, @Nullable Object>> messages,
    @Nullable List<@Nullable Object> tools,
    Map<String, @Nullable Object> variables,
    int n,
    boolean stream,
    boolean usageInStream,
    @Nullable Integer maxTokens,
    Fields fields) {
  private static final Set<String> KNOWN = known();

  private static Set<String> known() {
    Set<String> known = new HashSet<>(AnswerFields.KNOWN);
    known.addAll(
        List.of(
            "messages",
            "max_completion_tokens",
            "logprobs",
            "top_logprobs",
            "tools",
            "tool_choice",
            "parallel_tool_calls",
            "response_format",
            "chat_template_kwargs",
            "functions",
            "function_call",
            "modalities",
            "audio",
            "prediction",
            "web_search_options",
            // Kept or counted by OpenAI, and nothing to do with the answer.
            "metadata",
            "store",
            "service_tier",
            "reasoning_effort",
            "verbosity",
            "prompt_cache_key",
            "safety_identifier"));
    return known;
  }

  /**
   * Reads the body of a request.
   *
   * @throws ApiException with the name of the first field that cannot be used
   */
  @SuppressWarnings("NullAway") // it loses the nullness of an empty map
  public static ConversationRequest read(String body) {
    Fields fields = WireJson.body(body);
    fields.refuseUnknown(KNOWN);
    fields.refuse("functions", "use tools");
    fields.refuse("function_call", "use tool_choice");
    fields.refuse("audio", "only text is");
    fields.refuse("prediction", "answers are made from the prompt alone");
    fields.refuse("web_search_options", "this server reaches no network");
    for (String modality : fields.texts("modalities")) {
      if (!modality.equals("text")) {
        throw fields.fault("modalities", modality, "text");
      }
    }
    String model = fields.text("model");
    Integer limit = fields.integer("max_completion_tokens", 1, Integer.MAX_VALUE);
    Integer older = fields.integer("max_tokens", 1, Integer.MAX_VALUE);
    JsonNode variables = fields.get("chat_template_kwargs");
    if (variables != null && !variables.isObject()) {
      throw fields.fault("chat_template_kwargs", variables, "an object");
    }
    return new ConversationRequest(
        model == null ? "" : model,
        MessageReader.read(fields),
        tools(fields),
        variables == null ? Map.of() : WireJson.plainFields(variables),
        AnswerFields.n(fields),
        fields.flag("stream", false),
        AnswerFields.usageInStream(fields),
        limit == null ? older : limit,
        fields);
  }

  /** How answers are made, with defaults of the model. */
  public AnswerOptions options(SamplingOptions defaults, int maxTokens) {
    AnswerOptions options =
        AnswerFields.withForm(fields, AnswerFields.options(fields, defaults, maxTokens));
    Integer top = fields.integer("top_logprobs", 0, 20);
    boolean logProbs = fields.flag("logprobs", false);
    if (top != null && !logProbs) {
      throw ApiException.invalid("top_logprobs", "top_logprobs has no effect without logprobs.");
    }
    if (tools != null && options.form() != AnswerOptions.Form.TEXT) {
      throw ApiException.invalid(
          "response_format", "response_format is not supported together with tools.");
    }
    return logProbs ? options.logProbs(top == null ? 0 : top) : options;
  }

  private static @Nullable List<@Nullable Object> tools(Fields fields) {
    JsonNode tools = fields.get("tools");
    boolean none = choice(fields);
    if (tools == null) {
      return null;
    }
    if (!tools.isArray()) {
      throw fields.fault("tools", tools, "a list of functions");
    }
    List<@Nullable Object> list = new ArrayList<>();
    for (JsonNode tool : tools) {
      JsonNode function = tool.get("function");
      boolean sound =
          tool.isObject()
              && tool.path("type").asString("").equals("function")
              && function != null
              && function.path("name").isString();
      if (!sound) {
        throw fields.fault("tools", tool, "functions, each with type, function and its name");
      }
      list.add(WireJson.plain(tool));
    }
    return none || list.isEmpty() ? null : list;
  }

  /** Returns whether tools are forbidden for this answer. */
  private static boolean choice(Fields fields) {
    JsonNode choice = fields.get("tool_choice");
    if (choice == null || choice.asString("").equals("auto")) {
      return false;
    }
    if (choice.asString("").equals("none")) {
      return true;
    }
    throw ApiException.invalid(
        "tool_choice",
        "tool_choice must be \"auto\" or \"none\": the model decides itself whether it calls a tool.");
  }
}
