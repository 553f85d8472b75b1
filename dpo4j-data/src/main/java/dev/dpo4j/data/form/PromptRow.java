/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.form;

import dev.dpo4j.data.row.Origin;
import java.util.List;

/**
 * A prompt of a file, with the answers that the row has.
 *
 * @param row place of the row in the file, counted from 0
 * @param origin file and line
 * @param prompt what is answered
 * @param responses the answers, in the order of the row; of a preference row the chosen one first
 */
public record PromptRow(int row, Origin origin, Prompt prompt, List<Response> responses) {
  public PromptRow {
    responses = List.copyOf(responses);
  }

  /**
   * An answer.
   *
   * @param value as it stood in the row: a String or a list of messages as maps
   * @param text as a text for a reader
   * @param cut whether it ended at a limit of tokens
   */
  public record Response(Object value, String text, boolean cut) {
    /** A whole answer. */
    public Response(Object value, String text) {
      this(value, text, false);
    }

    /** An answer that is a text. */
    public static Response of(String text) {
      return new Response(text, text);
    }

    /** The same answer, which ended at a limit of tokens. */
    Response asCut() {
      return new Response(value, text, true);
    }
  }
}
