/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.finding;

import static dev.dpo4j.doctor.finding.Severity.ERROR;
import static dev.dpo4j.doctor.finding.Severity.INFO;
import static dev.dpo4j.doctor.finding.Severity.WARNING;

import java.util.Locale;

/** What can be wrong with preference data; in the order in which findings are shown. */
public enum DataProblem {
  /** The row cannot be read. */
  UNREADABLE_ROW(ERROR, "row cannot be read", "Repair the row; training refuses the whole file."),
  /** An answer says nothing. */
  EMPTY_ANSWER(ERROR, "empty answer", "Remove the row (--fix does): nothing is learnt from it."),
  /** Both answers are the same to the character. */
  IDENTICAL_ANSWERS(
      ERROR, "chosen equals rejected", "Remove the row (--fix does): its gradient is zero."),
  /** The same two answers to the same prompt, once in this order and once in the other. */
  CONTRADICTION(
      ERROR,
      "same prompt and answers, opposite verdicts",
      "Judge the pair again and keep one order; together they cancel out."),
  /** A pair of the evaluation data stands in the training data. */
  LEAK_PAIR(
      ERROR,
      "pair stands in the evaluation data, too",
      "Remove it from the training data; else the evaluation measures memory."),
  /** The template or the tokenizer refuses the row. */
  CANNOT_RENDER(
      ERROR,
      "chat template refuses the row",
      "Repair the messages, or take a model that knows them."),
  /** Answers end with a token at which the model goes on. */
  NO_STOP_TOKEN(
      WARNING,
      "model does not stop where the answers end",
      "Training lets the result stop there too; else name the token as eos_token_id in generation_config.json."),
  /** The same pair once more. */
  DUPLICATE_PAIR(
      WARNING, "duplicate of an earlier pair", "Remove the copies (--fix does), or use weight."),
  /** Nearly the same pair as an earlier one. */
  NEAR_DUPLICATE(
      WARNING,
      "nearly the same as an earlier pair",
      "Look at the examples; keep one of each group, or the model sees it many times."),
  /** A ranking that goes round in a circle. */
  PREFERENCE_CYCLE(
      WARNING,
      "verdicts on one prompt form a cycle",
      "Judge these answers again: A over B, B over C and C over A cannot all be right."),
  /** A prompt of the evaluation data stands in the training data, with other answers. */
  LEAK_PROMPT(
      WARNING,
      "prompt stands in the evaluation data, too",
      "Split by prompt, not by row, so that the evaluation sees new prompts."),
  /** A row is nearly the same as one of the evaluation data. */
  LEAK_NEAR(
      WARNING,
      "nearly the same as a pair of the evaluation data",
      "Look at the examples and remove them from one of the two."),
  /** The answers differ in blanks or forms of characters only. */
  IDENTICAL_NORMALISED(
      WARNING,
      "answers differ in blanks or forms of characters only",
      "Remove the row unless the layout is what you want to teach."),
  /** An answer stops in the middle of a sentence. */
  CUT_ANSWER(
      WARNING,
      "answer stops in the middle of a sentence",
      "Generate it again with more tokens; the model learns to stop there."),
  /** A code fence is opened and not closed. */
  OPEN_FENCE(
      WARNING,
      "code fence is not closed",
      "Generate the answer again with more tokens, or close it."),
  /** Many answers have exactly the greatest length. */
  LENGTH_LIMIT(
      WARNING,
      "many answers end at the same greatest length",
      "They were probably cut by the limit of the model that wrote them: raise that limit."),
  /** The chosen answers are longer, or shorter. */
  LENGTH_BIAS(
      WARNING,
      "length tells chosen from rejected",
      "Balance the lengths, or use loss_type sigmoid_norm or ld_alpha: the model learns length first."),
  /** One answer is in the language of the prompt and the other is not. */
  LANGUAGE_MISMATCH(
      WARNING,
      "only one answer is in the language of the prompt",
      "Check that the language is what the verdict was about."),
  /** Messages are not in an order that templates know. */
  ROLE_ORDER(
      WARNING,
      "roles or turns out of order",
      "Bring the messages into the order system, user, assistant, user, ...; the answer is the assistant's."),
  /** The conversations of the two answers part before the last turn. */
  HISTORIES_DIFFER(
      WARNING,
      "answers hold turns of the user",
      "The user's words are trained on as the answer is: cut both after the first answer, or set drop_differing_histories."),
  /** An answer goes on with the next turn of the conversation. */
  TURN_MARKER(
      WARNING,
      "answer holds the mark of another turn",
      "Cut the answer before the mark; else the model learns to speak for the user."),
  /** The end of the prompt is tokenised otherwise once an answer follows. */
  BOUNDARY_MISMATCH(
      WARNING,
      "end of the prompt changes when the answer follows",
      "Let the answer start with the blank between them, or look at the chat template."),
  /** The prompt fills max_length. */
  PROMPT_TOO_LONG(
      WARNING,
      "prompt reaches max_length",
      "Raise max_length or shorten the prompt: the row is dropped."),
  /** An answer is cut at max_length. */
  ANSWER_CUT(
      WARNING,
      "answer is cut at max_length",
      "Raise max_length, or remove the row: the model does not see how the answer ends."),
  /** The answers differ only behind the cut. */
  IDENTICAL_AFTER_CUT(
      WARNING, "answers are equal after the cut", "Raise max_length: the row has no gradient."),
  /** The reference finds the rejected answer far more likely than the label allows. */
  LIKELY_FLIPPED(
      WARNING,
      "label is probably flipped",
      "Judge these rows again, or use the loss and label_smoothing named below."),
  /** The chosen answer speaks of itself as a language model. */
  AI_BOILERPLATE(
      WARNING,
      "chosen answer speaks as an AI language model",
      "Remove the phrase unless you want to teach it."),
  /** UTF-8 that was read as another encoding, or characters that were lost. */
  ENCODING_DAMAGE(
      WARNING, "damaged characters", "Read the source again with its true encoding (UTF-8?)."),
  /** Control characters in a text. */
  CONTROL_CHARACTER(WARNING, "control characters", "Remove them; no tokenizer expects them."),
  /** HTML tags or entities outside of code. */
  HTML(
      WARNING,
      "HTML tags or entities in an answer",
      "Convert the answers to plain text or Markdown."),
  /** The chosen answer refuses. */
  REFUSAL(
      INFO,
      "chosen answer refuses",
      "Fine where the prompt is harmful; elsewhere it teaches to refuse."),
  /** Nothing stands before the answers. */
  EMPTY_PROMPT(INFO, "empty prompt", "Give the row a prompt unless it is meant to have none."),
  /** The answers start with the prompt that has its own column. */
  PROMPT_REPEATED(
      INFO, "answers repeat the prompt", "Leave only the answer in chosen and rejected."),
  /** Both answers are in another language than the prompt. */
  LANGUAGE_SWITCH(
      INFO,
      "answers are in another language than the prompt",
      "Fine for translations; elsewhere the model learns to change the language."),
  /** The pair is in a language of few rows. */
  RARE_LANGUAGE(INFO, "in a language of few rows", "Check that these rows belong to the data."),
  /** Characters that print nothing. */
  INVISIBLE_CHARACTER(
      INFO,
      "invisible characters",
      "Remove zero-width blanks and soft hyphens; they change tokens."),
  /** The reference finds the rejected answer far more likely, which may mean nothing. */
  REFERENCE_DISAGREES(
      INFO,
      "reference strongly prefers the rejected answer",
      "Look at the examples; the reference's taste alone is no proof of a wrong label.");

  private final Severity severity;
  private final String title;
  private final String advice;

  DataProblem(Severity severity, String title, String advice) {
    this.severity = severity;
    this.title = title;
    this.advice = advice;
  }

  /** Returns how bad it is. */
  public Severity severity() {
    return severity;
  }

  /** Returns a few words for a table. */
  public String title() {
    return title;
  }

  /** Returns what to do about it. */
  public String advice() {
    return advice;
  }

  /** Returns the name for JSON, such as {@code duplicate_pair}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
