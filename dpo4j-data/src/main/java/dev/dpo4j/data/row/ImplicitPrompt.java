/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.row;

import java.util.List;
import java.util.regex.Pattern;

/**
 * Finds the prompt in a pair that holds only two complete texts or conversations.
 *
 * <p>The prompt is what both have in common at the start:
 *
 * <ul>
 *   <li>Conversations are cut between messages only.
 *   <li>Texts are cut at the first difference, moved back to the start of the word it stands in,
 *       and back over one space, so that the answers start with that space.
 *   <li>Where one text ends before the first difference (it is a prefix of the other, or both are
 *       equal), its last word or message stays in the answers, so that neither is empty.
 * </ul>
 *
 * <p>This is TRL's rule ({@code extract_prompt}) wherever that leaves whole words. TRL cuts inside
 * a word if the first difference stands in one, leaves the last character of a prefix in the
 * answers, and drops text if the very first characters differ and the chosen text ends in a space.
 */
public final class ImplicitPrompt {
  /** The label of the speaker at the end of a text: nothing was said after it. */
  private static final Pattern OPEN_TURN =
      Pattern.compile(
          "(^|\\n)[ \\t\\r]*+(Assistant|ASSISTANT|assistant|AI|Bot|GPT|助手|助理)\\s*[:：]\\s*$");

  private ImplicitPrompt() {}

  /** Returns the length of the common prompt of two texts, in UTF-16 units. */
  public static int length(String chosen, String rejected) {
    if (chosen.isEmpty() || rejected.isEmpty()) {
      throw new RowFault(
          "%s is empty, so the prompt cannot be found in it. Give the row a \"prompt\" column, or remove it."
              .formatted(chosen.isEmpty() ? "chosen" : "rejected"));
    }
    int shorter = Math.min(chosen.length(), rejected.length());
    int cut = 0;
    while (cut < shorter && chosen.charAt(cut) == rejected.charAt(cut)) {
      cut++;
    }
    if (cut == shorter) {
      if (OPEN_TURN.matcher(chosen.length() == shorter ? chosen : rejected).find()) {
        return shorter;
      }
      cut--;
    }
    while (cut > 0 && !(WordBreaks.mayCut(chosen, cut) && WordBreaks.mayCut(rejected, cut))) {
      cut--;
    }
    return cut > 0 && chosen.charAt(cut - 1) == ' ' ? cut - 1 : cut;
  }

  /** Returns the number of common messages of two conversations that are their prompt. */
  public static int length(List<Message> chosen, List<Message> rejected) {
    int shorter = Math.min(chosen.size(), rejected.size());
    int cut = 0;
    while (cut < shorter && chosen.get(cut).equals(rejected.get(cut))) {
      cut++;
    }
    if (cut == shorter && cut > 0 && chosen.get(cut - 1).isAssistant()) {
      cut--;
    }
    if (cut == 0) {
      throw new RowFault(
          "chosen and rejected have no message in common that could be their prompt. Give the row a \"prompt\" column, or start both with the same messages.");
    }
    return cut;
  }
}
