/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.row;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How the messages of a row are written.
 *
 * @param roleTag the field that says who speaks
 * @param contentTag the field that holds what is said
 * @param speakers what stands in the first field, with who it is
 */
public record Tags(String roleTag, String contentTag, Map<String, Speaker> speakers) {
  /** Who speaks. */
  public enum Speaker {
    USER("user"),
    ASSISTANT("assistant"),
    SYSTEM("system"),
    /** What a tool answered. */
    OBSERVATION("tool"),
    /** The assistant, who calls a tool: the content is the call in JSON. */
    FUNCTION_CALL("assistant");

    private final String role;

    Speaker(String role) {
      this.role = role;
    }

    /** Returns the role as chat templates know it. */
    public String role() {
      return role;
    }

    boolean isAssistant() {
      return role.equals("assistant");
    }
  }

  private static final Map<String, Speaker> KNOWN = known();

  /** ShareGPT's fields, with every usual word for the speakers. */
  public static final Tags SHAREGPT = new Tags("from", "value", KNOWN);

  /** OpenAI's fields, with every usual word for the speakers. */
  public static final Tags OPENAI = new Tags("role", "content", KNOWN);

  private static Map<String, Speaker> known() {
    Map<String, Speaker> known = new LinkedHashMap<>();
    known.put("human", Speaker.USER);
    known.put("user", Speaker.USER);
    known.put("gpt", Speaker.ASSISTANT);
    known.put("assistant", Speaker.ASSISTANT);
    known.put("chatgpt", Speaker.ASSISTANT);
    known.put("model", Speaker.ASSISTANT);
    known.put("system", Speaker.SYSTEM);
    known.put("observation", Speaker.OBSERVATION);
    known.put("tool", Speaker.OBSERVATION);
    known.put("function_call", Speaker.FUNCTION_CALL);
    return known;
  }

  /** The tags of an entry of {@code dataset_info.json}; what it leaves out has its default. */
  public static Tags of(Map<String, String> tags, boolean openai) {
    Map<String, Speaker> speakers = new LinkedHashMap<>();
    speakers.put(tags.getOrDefault("user_tag", openai ? "user" : "human"), Speaker.USER);
    speakers.put(
        tags.getOrDefault("assistant_tag", openai ? "assistant" : "gpt"), Speaker.ASSISTANT);
    speakers.put(
        tags.getOrDefault("observation_tag", openai ? "tool" : "observation"), Speaker.OBSERVATION);
    speakers.put(tags.getOrDefault("function_tag", "function_call"), Speaker.FUNCTION_CALL);
    speakers.put(tags.getOrDefault("system_tag", "system"), Speaker.SYSTEM);
    return new Tags(
        tags.getOrDefault("role_tag", openai ? "role" : "from"),
        tags.getOrDefault("content_tag", openai ? "content" : "value"),
        speakers);
  }
}
