/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.serve.protocol;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Turns the messages of a request into those that chat templates read. */
final class MessageReader {
  private static final Set<String> ROLES =
      Set.of("system", "developer", "user", "assistant", "tool");

  private MessageReader() {}

  static List<Map<String, @Nullable Object>> read(Fields fields) {
    JsonNode messages = fields.get("messages");
    if (messages == null || !messages.isArray() || messages.isEmpty()) {
      throw fields.fault("messages", messages, "a list of at least one message");
    }
    List<Map<String, @Nullable Object>> list = new ArrayList<>();
    for (int i = 0; i < messages.size(); i++) {
      if (!messages.get(i).isObject()) {
        throw fields.fault(
            "messages[" + i + "]", messages.get(i), "an object with role and content");
      }
      list.add(message(new Fields(messages.get(i), "messages[" + i + "].")));
    }
    return list;
  }

  private static Map<String, @Nullable Object> message(Fields fields) {
    String role = fields.text("role");
    if (role == null || !ROLES.contains(role)) {
      throw fields.fault("role", role, "system, developer, user, assistant or tool");
    }
    Map<String, @Nullable Object> message = new LinkedHashMap<>();
    message.put("role", role.equals("developer") ? "system" : role);
    List<Object> calls = calls(fields);
    String content = content(fields);
    if (content == null && calls.isEmpty()) {
      throw fields.fault("content", null, "a text");
    }
    message.put("content", content == null ? "" : content);
    if (!calls.isEmpty()) {
      message.put("tool_calls", calls);
    }
    for (String name : List.of("name", "tool_call_id", "reasoning_content")) {
      String value = fields.text(name);
      if (value != null) {
        message.put(name, value);
      }
    }
    return message;
  }

  /** Joins parts of text; other parts cannot be read by a language model. */
  private static @Nullable String content(Fields fields) {
    JsonNode content = fields.get("content");
    if (content == null || content.isString()) {
      return content == null ? null : content.stringValue();
    }
    if (!content.isArray()) {
      throw fields.fault("content", content, "a text or a list of parts");
    }
    StringBuilder text = new StringBuilder();
    for (JsonNode part : content) {
      String type = part.path("type").asString("");
      if (!type.equals("text") || !part.path("text").isString()) {
        throw fields.fault("content", type.isEmpty() ? part : type, "made of parts of type text");
      }
      text.append(part.get("text").stringValue());
    }
    return text.toString();
  }

  /** Templates want arguments as an object, where OpenAI writes them as a text of JSON. */
  private static List<Object> calls(Fields fields) {
    JsonNode calls = fields.get("tool_calls");
    List<Object> list = new ArrayList<>();
    if (calls == null) {
      return list;
    }
    if (!calls.isArray()) {
      throw fields.fault("tool_calls", calls, "a list of calls");
    }
    for (JsonNode call : calls) {
      JsonNode function = call.get("function");
      JsonNode arguments = function == null ? null : function.get("arguments");
      if (function == null || !function.path("name").isString()) {
        throw fields.fault("tool_calls", call, "made of calls of functions");
      }
      JsonNode parsed =
          arguments != null && arguments.isString()
              ? WireJson.parse(arguments.stringValue())
              : arguments;
      if (parsed == null || !parsed.isObject()) {
        throw fields.fault("tool_calls", arguments, "calls with arguments that are a JSON object");
      }
      Map<String, @Nullable Object> read = new LinkedHashMap<>();
      read.put("name", function.get("name").stringValue());
      read.put("arguments", WireJson.plainFields(parsed));
      Map<String, @Nullable Object> whole = new LinkedHashMap<>();
      whole.put("id", call.path("id").asString(""));
      whole.put("type", "function");
      whole.put("function", read);
      list.add(whole);
    }
    return list;
  }
}
