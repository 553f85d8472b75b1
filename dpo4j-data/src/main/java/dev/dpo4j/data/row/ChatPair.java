/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.row;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A pair of conversations (TRL's "conversational" form).
 *
 * @param info where the row came from
 * @param prompt the messages before the answer, at least one
 * @param chosen the better answer, usually one assistant message
 * @param rejected the worse answer
 * @param context tools and variables for the chat template
 */
public record ChatPair(
    RowInfo info,
    List<Message> prompt,
    List<Message> chosen,
    List<Message> rejected,
    ChatContext context)
    implements PreferencePair {
  public ChatPair {
    prompt = List.copyOf(prompt);
    chosen = List.copyOf(chosen);
    rejected = List.copyOf(rejected);
    if (prompt.isEmpty()) {
      throw new IllegalArgumentException("the prompt of a conversation needs at least one message");
    }
  }

  @Override
  public boolean hasEmptyAnswer() {
    return isEmpty(chosen) || isEmpty(rejected);
  }

  static boolean isEmpty(List<Message> answer) {
    return answer.stream().allMatch(Message::isEmpty);
  }

  @Override
  public boolean isIdentical() {
    return chosen.equals(rejected);
  }

  @Override
  public Map<String, Object> columns() {
    Map<String, Object> columns = new LinkedHashMap<>();
    columns.put("prompt", Message.allFields(prompt));
    columns.put("chosen", Message.allFields(chosen));
    columns.put("rejected", Message.allFields(rejected));
    context.putColumns(columns);
    columns.putAll(info.extras());
    return columns;
  }
}
