/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.row;

import java.util.Locale;

/** What can happen to a row on its way into training; each row may have several of them. */
public enum RowEvent {
  /** The prompt alone fills max_length, so that no answer token would be left. */
  PROMPT_TOO_LONG(Kind.DROPPED, "prompt reaches max_length"),
  /** Prompt and answer together exceed max_length, and such rows are left out. */
  TOO_LONG(Kind.DROPPED, "longer than max_length"),
  /** An answer says nothing. */
  EMPTY_ANSWER(Kind.DROPPED, "empty answer"),
  /** Both answers are the same, and the run asked to leave such pairs out. */
  IDENTICAL_DROPPED(Kind.DROPPED, "chosen equal to rejected"),
  /** An answer has no token whose probability could be computed. */
  NO_SCORED_TOKEN(Kind.DROPPED, "no answer token to score"),
  /** Two answers of a list have the same score: nobody preferred one of them. */
  TIED(Kind.DROPPED, "answers with the same score"),
  /** The scores of the two answers differ by less than the run asked for. */
  SCORES_TOO_CLOSE(Kind.DROPPED, "scores closer than min_score_margin"),
  /** The row holds more than text, and the run asked to leave such rows out. */
  MEDIA(Kind.DROPPED, "pictures, sound or films"),
  /** The answers go on with turns of the user, and the run asked to leave such pairs out. */
  HISTORIES_DIFFER_DROPPED(Kind.DROPPED, "turns of the user inside the answers"),
  /** A list of answers has fewer than two with a score. */
  TOO_FEW_SCORES(Kind.DROPPED, "fewer than two answers with a score"),

  /** The prompt lost its beginning, or its end where prompt and answer share the limit. */
  PROMPT_CUT(Kind.CUT, "prompt cut"),
  /** The completion, or the whole text, was cut at max_length. */
  COMPLETION_CUT(Kind.CUT, "completion cut"),
  /** The chosen answer was cut at max_length. */
  CHOSEN_CUT(Kind.CUT, "chosen answer cut"),
  /** The rejected answer was cut at max_length. */
  REJECTED_CUT(Kind.CUT, "rejected answer cut"),
  /**
   * The cut took the end-of-sequence token of an answer: the model does not learn to stop there.
   */
  EOS_LOST(Kind.CUT, "end-of-sequence token lost by the cut"),
  /** The answers differ only behind the cut. */
  IDENTICAL_AFTER_CUT(Kind.CUT, "answers equal after the cut"),

  /** Both answers are the same; such a pair has no gradient. */
  IDENTICAL(Kind.NOTED, "chosen equal to rejected"),
  /** The end of the prompt is tokenised differently once an answer follows, and is left out. */
  BOUNDARY_MISMATCH(Kind.NOTED, "end of the prompt changes when the answer follows"),
  /** The row had no prompt column; it was found as the common start. */
  IMPLICIT_PROMPT(Kind.NOTED, "prompt found as the common start of the answers"),
  /** The row mixed plain strings with lists of messages. */
  MIXED_FORMS(Kind.NOTED, "strings and messages mixed"),
  /** There is nothing before the answers. */
  EMPTY_PROMPT(Kind.NOTED, "empty prompt"),
  /** The answers start with the very prompt that stands in its own column. */
  PROMPT_REPEATED(Kind.NOTED, "answers repeat the prompt"),
  /** The answers go on with turns of the user, which are trained on as the answer is. */
  HISTORIES_DIFFER(Kind.NOTED, "turns of the user inside the answers"),
  /** The last word of an answer is not the assistant's. */
  ANSWER_ENDS_WITH_USER(Kind.NOTED, "answer that does not end with the assistant"),
  /** The model has a chat template, which a row of plain text does not go through. */
  WITHOUT_TEMPLATE(Kind.NOTED, "plain text: the chat template is not applied"),
  /** The texts were transcripts, and were cut into messages. */
  TRANSCRIPT(Kind.NOTED, "transcript of Human and Assistant read as messages"),
  /** The pair was made of a list of answers. */
  FROM_RANKED_LIST(Kind.NOTED, "made of a list of answers"),
  /** The list had answers without a score; no pair was made of them. */
  UNSCORED_ANSWERS(Kind.NOTED, "answers without a score left out");

  /** What an event means for the row. */
  public enum Kind {
    /** The row is not trained on. */
    DROPPED,
    /** The row is trained on, but not all of it. */
    CUT,
    /** The row is trained on in full. */
    NOTED
  }

  private final Kind kind;
  private final String description;

  RowEvent(Kind kind, String description) {
    this.kind = kind;
    this.description = description;
  }

  /** Returns what the event means for the row. */
  public Kind kind() {
    return kind;
  }

  /** Returns a few words for a table. */
  public String description() {
    return description;
  }

  /** Returns the name for JSON, such as {@code prompt_too_long}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
