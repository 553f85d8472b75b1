/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import dev.dpo4j.studio.markdown.MarkdownHtml;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.json.JsonMapper;

/**
 * Draws prompts and answers as HTML that is safe in a page. Every field of a message is shown: what
 * an annotator does not see must not decide.
 */
final class RowHtml {
  private static final Set<String> ROLES =
      Set.of("system", "developer", "user", "assistant", "tool");

  private RowHtml() {}

  /** Draws a prompt: each message with its role. */
  static String prompt(Object prompt) {
    return prompt instanceof List<?> messages ? messages(messages, true) : text((String) prompt);
  }

  /** Draws an answer; the role is named only where it is more than one message. */
  static String answer(Object answer) {
    if (!(answer instanceof List<?> messages)) {
      return text((String) answer);
    }
    boolean plain = messages.size() == 1 && "assistant".equals(role(messages.get(0)));
    return messages(messages, !plain);
  }

  private static String messages(List<?> messages, boolean roles) {
    StringBuilder html = new StringBuilder();
    for (Object message : messages) {
      String role = role(message);
      String known = ROLES.contains(role) ? role : "other";
      html.append("<div class=\"message ").append(known).append("\">");
      if (roles) {
        html.append("<p class=\"role\" data-role=\"").append(known).append("\">");
        html.append(MarkdownHtml.escape(role)).append("</p>");
      }
      html.append("<div class=\"content\">");
      fields(html, (Map<?, ?>) message);
      html.append("</div></div>\n");
    }
    return html.toString();
  }

  private static String role(Object message) {
    return message instanceof Map<?, ?> fields ? String.valueOf(fields.get("role")) : "";
  }

  private static void fields(StringBuilder html, Map<?, ?> message) {
    message.forEach(
        (name, value) -> {
          if ("content".equals(name)) {
            html.append(content(value));
          } else if (!"role".equals(name)) {
            html.append("<p class=\"field\">");
            html.append(MarkdownHtml.escape(String.valueOf(name))).append("</p>");
            html.append(value instanceof String text ? text(text) : code(value));
          }
        });
  }

  /** Content is a text, or a list of blocks, of which the texts are drawn as such. */
  private static String content(Object content) {
    if (content instanceof String text) {
      return text(text);
    }
    if (!(content instanceof List<?> blocks)) {
      return code(content);
    }
    StringBuilder html = new StringBuilder();
    for (Object block : blocks) {
      if (block instanceof Map<?, ?> map && map.get("text") instanceof String text) {
        html.append(text(text));
      } else {
        html.append(code(block));
      }
    }
    return html.toString();
  }

  private static String text(String text) {
    return text.isBlank() ? "<p class=\"empty\"></p>" : MarkdownHtml.render(text);
  }

  private static String code(Object value) {
    return MarkdownHtml.code(
        JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(value));
  }
}
