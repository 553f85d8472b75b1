/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.serve.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** How a family of models writes the calls of tools into its answers. */
public enum ToolFormat {
  /**
   * {@code <tool_call>{"name": ..., "arguments": ...}</tool_call>}: Qwen2.5, Qwen3, SmolLM3. Small
   * ones and Qwen2.5-Coder often write the objects alone, or in a fence of Markdown: an answer that
   * is nothing else calls, too.
   */
  TAGGED("<tool_call>"),
  /** {@code [TOOL_CALLS] [{"name": ..., "arguments": ...}]}, behind text or not: Mistral. */
  MISTRAL("[TOOL_CALLS]"),
  /**
   * {@code {"name": ..., "parameters": ...}} and nothing else, or behind {@code <|python_tag|>}:
   * Llama 3.1 and later.
   */
  LLAMA("<|python_tag|>"),
  /** Not known: answers stay as they are. */
  RAW("");

  private static final Pattern TAGS =
      Pattern.compile("<tool_call>\\s*(.*?)\\s*(?:</tool_call>|$)", Pattern.DOTALL);
  private static final Pattern NEWER_MISTRAL =
      Pattern.compile(
          "([A-Za-z0-9_-]+)(?:\\[CALL_ID\\]\\w+)?(?:\\[ARGS\\])?(\\{.*)", Pattern.DOTALL);

  private static final Pattern FENCE =
      Pattern.compile("```(?:json)?\\s*(\\{.*\\})\\s*```", Pattern.DOTALL);

  /** What an answer begins with that calls without a tag, white space left out. */
  private static final List<String> UNTAGGED =
      List.of("{\"name\":", "```json{\"name\":", "```{\"name\":");

  private final String marker;

  ToolFormat(String marker) {
    this.marker = marker;
  }

  /**
   * A call of a tool.
   *
   * @param name of the function
   * @param arguments a JSON object
   */
  public record Call(String name, String arguments) {}

  /**
   * What an answer says and what it calls.
   *
   * @param content the text before the calls
   * @param calls the calls, none where the answer is text alone
   */
  public record Parsed(String content, List<Call> calls) {
    /** Copies the list. */
    public Parsed {
      calls = List.copyOf(calls);
    }
  }

  /** Finds the format that a chat template teaches its model. */
  public static ToolFormat of(String template) {
    if (template.contains(TAGGED.marker)) {
      return TAGGED;
    } else if (template.contains(MISTRAL.marker)) {
      return MISTRAL;
    }
    boolean llama = template.contains("python_tag") || template.contains("Environment: ipython");
    return llama && template.contains("\"parameters\"") ? LLAMA : RAW;
  }

  /** Whether a template can tell a model of tools at all. */
  public static boolean knowsTools(String template) {
    return template.contains("tools");
  }

  /**
   * Whether an answer that has said so much can become a call without a marker, which it is only as
   * a whole.
   *
   * @param text the answer so far
   */
  private boolean mayBecomeCall(String text) {
    String begun = text.replaceAll("\\s", "");
    return switch (this) {
      case TAGGED ->
          UNTAGGED.stream().anyMatch(call -> call.startsWith(begun) || begun.startsWith(call));
      case MISTRAL -> begun.isEmpty() || begun.startsWith("[");
      case LLAMA -> begun.isEmpty() || begun.startsWith("{");
      case RAW -> false;
    };
  }

  /**
   * Returns how much of an answer so far is certainly no call of a tool.
   *
   * @param text what was not told yet
   * @param first whether nothing was told before
   */
  public int certain(String text, boolean first) {
    if (this == RAW) {
      return text.length();
    }
    int at = text.indexOf(marker);
    if (at >= 0) {
      return at;
    }
    if (first && mayBecomeCall(text)) {
      return 0;
    }
    for (int length = Math.min(marker.length() - 1, text.length()); length > 0; length--) {
      if (marker.startsWith(text.substring(text.length() - length))) {
        return text.length() - length;
      }
    }
    return text.length();
  }

  /**
   * Reads an answer.
   *
   * @param text the whole answer, special tokens left out or not
   * @return the calls where all of them can be read, else the answer as text
   */
  public Parsed parse(String text) {
    return parse(text, true);
  }

  /**
   * Reads the rest of an answer.
   *
   * @param text what was not told yet
   * @param first whether nothing was told before
   * @return the calls where all of them can be read, else the rest as text
   */
  public Parsed parse(String text, boolean first) {
    int at = this == RAW ? -1 : text.indexOf(marker);
    if (at < 0 && !first) {
      return new Parsed(text, List.of());
    }
    int before = Math.max(0, at);
    String rest = text.substring(before);
    List<Call> calls =
        switch (this) {
          case TAGGED -> tagged(rest);
          case MISTRAL -> mistral(rest);
          case LLAMA -> llama(rest);
          case RAW -> List.of();
        };
    return calls.isEmpty()
        ? new Parsed(text, List.of())
        : new Parsed(text.substring(0, before).strip(), calls);
  }

  private static List<Call> tagged(String text) {
    List<Call> calls = new ArrayList<>();
    Matcher matcher = TAGS.matcher(text);
    while (matcher.find()) {
      JsonNode json = WireJson.parse(matcher.group(1));
      if (!add(calls, json)) {
        return List.of();
      }
    }
    return calls.isEmpty() ? untagged(text.strip()) : calls;
  }

  /** Objects alone, one below the other, in a fence or not. */
  private static List<Call> untagged(String body) {
    Matcher fenced = FENCE.matcher(body);
    String objects = fenced.matches() ? fenced.group(1) : body;
    List<Call> calls = new ArrayList<>();
    for (String part : objects.split("\\R(?=\\{)", -1)) {
      JsonNode json = WireJson.parse(part);
      if (json == null || !json.has("arguments") || !add(calls, json)) {
        return List.of();
      }
    }
    return calls;
  }

  private static List<Call> mistral(String text) {
    List<Call> calls = new ArrayList<>();
    String body = text.strip();
    boolean marked = body.startsWith(MISTRAL.marker);
    for (String part : body.split(Pattern.quote(MISTRAL.marker), -1)) {
      String call = part.strip();
      if (call.isEmpty()) {
        continue;
      }
      Matcher newer = NEWER_MISTRAL.matcher(call);
      JsonNode json = WireJson.parse(call);
      boolean read;
      if (json != null && json.isArray() && !json.isEmpty()) {
        read = true;
        for (JsonNode item : json) {
          read &= add(calls, item);
        }
      } else if (marked && newer.matches()) {
        JsonNode arguments = WireJson.parse(newer.group(2));
        read = arguments != null && arguments.isObject();
        if (read) {
          calls.add(new Call(newer.group(1), WireJson.write(arguments)));
        }
      } else {
        read = false;
      }
      if (!read) {
        return List.of();
      }
    }
    return calls;
  }

  private static List<Call> llama(String text) {
    String body = text.strip();
    if (body.startsWith(LLAMA.marker)) {
      body = body.substring(LLAMA.marker.length()).strip();
    }
    List<Call> calls = new ArrayList<>();
    for (String part : body.split(";\\s*(?=\\{\\s*\")", -1)) {
      if (!add(calls, WireJson.parse(part))) {
        return List.of();
      }
    }
    return calls;
  }

  private static boolean add(List<Call> calls, @Nullable JsonNode json) {
    if (json == null || !json.isObject() || !json.path("name").isString()) {
      return false;
    }
    JsonNode arguments = json.has("arguments") ? json.get("arguments") : json.get("parameters");
    if (arguments != null && arguments.isString()) {
      arguments = WireJson.parse(arguments.stringValue());
    }
    if (arguments == null || !arguments.isObject()) {
      return false;
    }
    calls.add(new Call(json.get("name").stringValue(), WireJson.write(arguments)));
    return true;
  }
}
