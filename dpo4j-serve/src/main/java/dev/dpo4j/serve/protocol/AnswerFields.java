/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.serve.protocol;

import dev.dpo4j.api.AnswerOptions;
import dev.dpo4j.generate.SamplingOptions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What both kinds of requests say about answers. */
final class AnswerFields {
  /** Names that change nothing here, and names of both kinds of requests. */
  static final Set<String> KNOWN =
      Set.of(
          "model",
          "temperature",
          "top_p",
          "top_k",
          "min_p",
          "repetition_penalty",
          "seed",
          "n",
          "max_tokens",
          "stop",
          "stream",
          "stream_options",
          "presence_penalty",
          "frequency_penalty",
          "logit_bias",
          "user",
          "priority");

  private static final int MOST_STOPS = 16;
  private static final int MOST_ANSWERS = 128;

  private AnswerFields() {}

  static int n(Fields fields) {
    Integer n = fields.integer("n", 1, MOST_ANSWERS);
    return n == null ? 1 : n;
  }

  static boolean usageInStream(Fields fields) {
    JsonNode options = fields.get("stream_options");
    if (options == null) {
      return false;
    }
    if (!options.isObject()) {
      throw fields.fault("stream_options", options, "an object");
    }
    if (!fields.flag("stream", false)) {
      throw ApiException.invalid("stream_options", "stream_options has no effect without stream.");
    }
    return new Fields(options, "stream_options.").flag("include_usage", false);
  }

  /** The seed that was given, or one by chance. */
  static long seed(Fields fields) {
    Long seed = fields.whole("seed");
    return seed == null ? ThreadLocalRandom.current().nextLong() : seed;
  }

  /**
   * Reads how tokens are chosen.
   *
   * @param defaults how the model wants it; a model that says nothing draws by its probabilities,
   *     as OpenAI's do
   * @param maxTokens most tokens of an answer
   */
  static AnswerOptions options(Fields fields, SamplingOptions defaults, int maxTokens) {
    fields.refuse("presence_penalty", "only repetition_penalty is");
    fields.refuse("frequency_penalty", "only repetition_penalty is");
    fields.refuse("logit_bias", "the probabilities of single tokens cannot be changed");
    boolean said = !defaults.isGreedy();
    double temperature = fields.number("temperature", said ? defaults.temperature() : 1, 0, 100);
    Integer topK = fields.integer("top_k", -1, Integer.MAX_VALUE);
    double topP = fields.number("top_p", said ? defaults.topP() : 1, 0, 1);
    double minP = fields.number("min_p", said ? defaults.minP() : 0, 0, 1);
    double penalty =
        fields.number("repetition_penalty", defaults.repetitionPenalty(), 0, Double.MAX_VALUE);
    if (topP == 0) {
      throw fields.fault("top_p", 0, "a number above 0 and at most 1");
    }
    if (penalty == 0) {
      throw fields.fault("repetition_penalty", 0, "a number above 0");
    }
    int k = topK == null ? (said ? defaults.topK() : 0) : Math.max(0, topK);
    SamplingOptions sampling =
        new SamplingOptions(
            maxTokens, temperature, k, topP, minP, penalty, AnswerFields.seed(fields));
    Integer priority = fields.integer("priority", -1000, 1000);
    return AnswerOptions.of(sampling)
        .stop(stops(fields).toArray(String[]::new))
        .priority(priority == null ? 0 : priority);
  }

  private static List<String> stops(Fields fields) {
    List<String> stops = fields.texts("stop");
    if (stops.size() > MOST_STOPS || stops.stream().anyMatch(String::isEmpty)) {
      throw fields.fault(
          "stop", stops, "at most %d texts, none of them empty".formatted(MOST_STOPS));
    }
    return stops;
  }

  /** Reads the form of the answer. */
  static AnswerOptions withForm(Fields fields, AnswerOptions options) {
    JsonNode format = fields.get("response_format");
    if (format == null) {
      return options;
    }
    if (!format.isObject()) {
      throw fields.fault("response_format", format, "an object with type");
    }
    Fields form = new Fields(format, "response_format.");
    @Nullable String type = form.text("type");
    return switch (type == null ? "" : type) {
      case "text" -> options;
      case "json_object" -> options.json();
      case "json_schema" -> options.json(schema(form));
      default -> throw form.fault("type", type, "text, json_object or json_schema");
    };
  }

  private static String schema(Fields form) {
    JsonNode named = form.get("json_schema");
    JsonNode schema = named == null ? null : named.get("schema");
    if (schema == null || !schema.isObject()) {
      throw form.fault("json_schema", named, "an object with name and schema");
    }
    return WireJson.write(schema);
  }
}
