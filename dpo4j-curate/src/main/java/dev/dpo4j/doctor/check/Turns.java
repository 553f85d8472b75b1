/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.check;

import dev.dpo4j.data.row.ChatPair;
import dev.dpo4j.data.row.Message;
import java.util.List;
import java.util.Set;

/** Looks whether the messages of a conversation are in an order that chat templates know. */
final class Turns {
  private static final Set<String> SYSTEM = Set.of("system", "developer");
  private static final Set<String> TOOL = Set.of("tool", "function", "ipython");

  private Turns() {}

  /** Returns what is out of order, or an empty text. */
  static String fault(ChatPair pair) {
    String before = prompt(pair.prompt());
    if (!before.isEmpty()) {
      return before;
    }
    String chosen = answer("chosen", pair.chosen());
    return chosen.isEmpty() ? answer("rejected", pair.rejected()) : chosen;
  }

  private static String prompt(List<Message> messages) {
    String previous = "";
    for (int i = 0; i < messages.size(); i++) {
      String role = messages.get(i).role();
      String where = "prompt[" + i + "]";
      if (!isKnown(role)) {
        return where + " has the role \"" + role + "\"";
      }
      if (SYSTEM.contains(role) && i > 0) {
        return where + " is a system message, not the first";
      }
      if (role.equals(previous) && !TOOL.contains(role)) {
        return where + " is by the " + role + " again";
      }
      if ("assistant".equals(role) && (previous.isEmpty() || SYSTEM.contains(previous))) {
        return where + " is by the assistant, before any user";
      }
      previous = role;
    }
    if ("assistant".equals(previous)) {
      return "the prompt ends with the assistant";
    }
    return SYSTEM.contains(previous) ? "the prompt has no user" : "";
  }

  private static String answer(String name, List<Message> messages) {
    if (messages.isEmpty()) {
      return name + " has no message";
    }
    String previous = "";
    for (int i = 0; i < messages.size(); i++) {
      String role = messages.get(i).role();
      String where = name + "[" + i + "]";
      if (!isKnown(role)) {
        return where + " has the role \"" + role + "\"";
      }
      if (i == 0 && !"assistant".equals(role)) {
        return where + " is by the " + role + ", not by the assistant";
      }
      if (SYSTEM.contains(role)) {
        return where + " is a system message";
      }
      if (role.equals(previous) && !TOOL.contains(role)) {
        return where + " is by the " + role + " again";
      }
      previous = role;
    }
    return "assistant".equals(previous) ? "" : name + " ends with the " + previous;
  }

  private static boolean isKnown(String role) {
    return SYSTEM.contains(role)
        || TOOL.contains(role)
        || "user".equals(role)
        || "assistant".equals(role);
  }
}
