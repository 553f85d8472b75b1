/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.form;

import dev.dpo4j.data.row.Message;
import dev.dpo4j.data.row.RowEvent;
import java.util.List;
import java.util.Set;

/**
 * Notices answers that are more than the assistant's: where two conversations part before their
 * last turn, all that follows counts as the answer, the user's words included.
 */
final class Histories {
  private static final Set<String> OTHERS = Set.of("user", "human", "system", "developer");

  private Histories() {}

  static void note(List<Message> chosen, List<Message> rejected, Set<RowEvent> notes) {
    // An answer that begins with its own prompt says it twice, which has a note of its own.
    boolean repeated = notes.contains(RowEvent.PROMPT_REPEATED);
    for (List<Message> answer : List.of(chosen, rejected)) {
      if (!repeated && answer.stream().anyMatch(message -> OTHERS.contains(message.role()))) {
        notes.add(RowEvent.HISTORIES_DIFFER);
      }
      if (!answer.isEmpty() && OTHERS.contains(answer.get(answer.size() - 1).role())) {
        notes.add(RowEvent.ANSWER_ENDS_WITH_USER);
      }
    }
  }
}
