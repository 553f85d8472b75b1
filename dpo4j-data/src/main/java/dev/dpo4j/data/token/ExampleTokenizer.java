/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.token;

import dev.dpo4j.data.row.Message;
import dev.dpo4j.data.row.RowEvent;
import dev.dpo4j.data.row.RowFault;
import dev.dpo4j.data.row.TrainingText;
import dev.dpo4j.tokenizer.ChatTokenizer;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides for each row of supervised or unpaired data whether it is trained on and how much of it,
 * as TRL's SFT and KTO do, and counts each decision.
 */
public final class ExampleTokenizer {
  private final RowIds rowIds;
  private final SupervisedOptions options;
  private final ReportBuilder report;

  public ExampleTokenizer(ChatTokenizer chat, SupervisedOptions options, ReportBuilder report) {
    this.rowIds = new RowIds(chat);
    this.options = options;
    this.report = report;
  }

  /**
   * Tokenises a row.
   *
   * @param dropLongPrompt whether a prompt that fills max_length drops the row even where the
   *     prompt is learnt too (KTO)
   * @return the example, or null if the row was dropped
   */
  public @Nullable TokenizedExample tokenize(TrainingText row, boolean dropLongPrompt) {
    Set<RowEvent> events = EnumSet.noneOf(RowEvent.class);
    events.addAll(row.info().notes());
    TokenizedExample kept = null;
    if (row.isEmpty() && !PairTokenizer.isDropped(events)) {
      events.add(RowEvent.EMPTY_ANSWER);
    } else if (!PairTokenizer.isDropped(events)) {
      TokenizedExample full = full(row, events);
      report.lengths("prompt", full.promptIds().length);
      report.lengths("completion", full.completionIds().length);
      kept = truncate(full, dropLongPrompt, events);
    }
    report.row(row.info(), events, kept != null);
    if (kept != null) {
      report.tokens(kept.scored().length);
    }
    return kept;
  }

  private TokenizedExample full(TrainingText row, Set<RowEvent> events) {
    boolean messages =
        row instanceof TrainingText.Conversation || row instanceof TrainingText.ChatCompletion;
    if (options.assistantOnlyLoss() == AssistantOnly.TRUE && !messages) {
      throw new RowFault(
          "assistant_only_loss needs messages, of which it learns those of the assistant, but the row"
              + " is plain text: give lists of messages or set assistant_only_loss to false");
    }
    if (row instanceof TrainingText.Document document) {
      if (rowIds.lacksTemplate(document.text())) {
        events.add(RowEvent.WITHOUT_TEMPLATE);
      }
      return whole(row, rowIds.whole(document.text()));
    } else if (row instanceof TrainingText.Conversation conversation) {
      return whole(
          row, rowIds.whole(conversation.messages(), conversation.context(), assistantOnly()));
    } else if (row instanceof TrainingText.TextCompletion text) {
      if (rowIds.lacksTemplate(text.prompt(), text.completion())) {
        events.add(RowEvent.WITHOUT_TEMPLATE);
      }
      RowIds.Split split = rowIds.split(text.prompt(), List.of(text.completion()));
      return completion(row, split, null, text.label(), events);
    }
    TrainingText.ChatCompletion chat = (TrainingText.ChatCompletion) row;
    RowIds.Split split = rowIds.split(chat.prompt(), List.of(chat.completion()), chat.context());
    boolean[] assistant =
        assistantOnly() && needsTurns(chat)
            ? rowIds
                .whole(RowIds.join(chat.prompt(), chat.completion()), chat.context(), true)
                .scored()
            : null;
    return completion(row, split, assistant, chat.label(), events);
  }

  /** Whether the user's words are left out of a conversation. */
  private boolean assistantOnly() {
    return switch (options.assistantOnlyLoss()) {
      case TRUE -> true;
      case FALSE -> false;
      case AUTO -> !Boolean.FALSE.equals(options.completionOnlyLoss());
    };
  }

  /** A completion of the assistant alone needs no look at the turns where it is all that counts. */
  private boolean needsTurns(TrainingText.ChatCompletion chat) {
    return options.assistantOnlyLoss() == AssistantOnly.TRUE
        || (learnsPrompts() && chat.prompt().stream().anyMatch(Message::isAssistant))
        || !chat.completion().stream().allMatch(Message::isAssistant);
  }

  /** Whether what the assistant says before the completion is learnt, too. */
  private boolean learnsPrompts() {
    return options.assistantOnlyLoss() == AssistantOnly.AUTO
        && options.completionOnlyLoss() == null;
  }

  private static TokenizedExample whole(TrainingText row, RowIds.Whole whole) {
    return new TokenizedExample(
        row.info().row(),
        row.info().origin(),
        new int[0],
        whole.ids(),
        whole.ids(),
        whole.scored(),
        null);
  }

  private TokenizedExample completion(
      TrainingText row,
      RowIds.Split split,
      boolean @Nullable [] assistant,
      @Nullable Boolean label,
      Set<RowEvent> events) {
    if (split.lost() > 0) {
      events.add(RowEvent.BOUNDARY_MISMATCH);
    }
    int[] completion = split.answers().get(0);
    int promptLength = split.prompt().length;
    boolean[] scored = new boolean[promptLength + completion.length];
    boolean completionOnly =
        !Boolean.FALSE.equals(options.completionOnlyLoss())
            && !(assistant != null && learnsPrompts());
    for (int i = completionOnly ? promptLength : 0; i < scored.length; i++) {
      scored[i] = assistant == null || assistant[i];
    }
    return new TokenizedExample(
        row.info().row(),
        row.info().origin(),
        split.prompt(),
        completion,
        completion,
        scored,
        label);
  }

  private @Nullable TokenizedExample truncate(
      TokenizedExample full, boolean dropLongPrompt, Set<RowEvent> events) {
    LengthLimits limits = options.limits();
    if (limits.shares()) {
      return share(full, Objects.requireNonNull(limits.maxLength()), events);
    }
    int[] prompt = limits.prompt(full.promptIds());
    int[] completion = limits.completion(full.completionIds());
    if (limits.isExceededBy(prompt.length, completion.length)) {
      events.add(RowEvent.TOO_LONG);
      return null;
    }
    LengthLimits.Cut cut = limits.together(prompt, completion);
    int length = cut.prompt().length + cut.answer().length;
    int lost = limits.keepEnd() ? prompt.length + completion.length - length : 0;
    noteCuts(full, cut, lost, events);
    // Of the scored tokens those of what is left: the prompt lost its beginning.
    int from = full.promptIds().length - prompt.length + lost;
    boolean[] scored = Arrays.copyOfRange(full.scored(), from, from + length);
    if (limits.isFilledBy(prompt) && (dropLongPrompt || !hasScored(scored))) {
      events.add(RowEvent.PROMPT_TOO_LONG);
      return null;
    }
    if (!hasScored(scored)) {
      events.add(
          full.completionIds().length == 0 ? RowEvent.EMPTY_ANSWER : RowEvent.NO_SCORED_TOKEN);
      return null;
    }
    return new TokenizedExample(
        full.row(), full.origin(), cut.prompt(), cut.answer(), completion, scored, full.label());
  }

  /** Lets each turn share what is left of the limit. */
  private @Nullable TokenizedExample share(TokenizedExample full, int room, Set<RowEvent> events) {
    int[] kept = SharedCut.kept(full.scored(), full.promptIds().length, room);
    int[] ids = full.sequence();
    int ofPrompt =
        (int) Arrays.stream(kept).filter(place -> place < full.promptIds().length).count();
    int[] prompt = Arrays.stream(kept).limit(ofPrompt).map(place -> ids[place]).toArray();
    int[] completion = Arrays.stream(kept).skip(ofPrompt).map(place -> ids[place]).toArray();
    boolean[] scored = new boolean[kept.length];
    for (int i = 0; i < kept.length; i++) {
      scored[i] = full.scored()[kept[i]];
    }
    if (!hasScored(scored)) {
      events.add(
          full.completionIds().length == 0 ? RowEvent.EMPTY_ANSWER : RowEvent.NO_SCORED_TOKEN);
      return null;
    }
    noteCuts(full, new LengthLimits.Cut(prompt, completion), 0, events);
    boolean whole = completion.length == full.completionIds().length;
    return new TokenizedExample(
        full.row(),
        full.origin(),
        prompt,
        whole ? full.completionIds() : completion,
        full.completionIds(),
        scored,
        full.label());
  }

  private void noteCuts(
      TokenizedExample full, LengthLimits.Cut cut, int lostAtTheStart, Set<RowEvent> events) {
    int[] completion = full.completionIds();
    int ofPrompt = full.promptIds().length - cut.prompt().length;
    boolean promptEnds = ofPrompt > 0 && cut.answer().length == 0 && lostAtTheStart == 0;
    if (ofPrompt > 0 && !promptEnds) {
      events.add(RowEvent.PROMPT_CUT);
    }
    if (promptEnds || cut.answer().length < completion.length) {
      events.add(RowEvent.COMPLETION_CUT);
      int begin = Math.max(0, lostAtTheStart - full.promptIds().length);
      if (rowIds.lastEos(completion) >= begin + cut.answer().length) {
        events.add(RowEvent.EOS_LOST);
      }
    }
  }

  /** The first token of a sequence has no probability, so that it alone is nothing to learn. */
  private static boolean hasScored(boolean[] scored) {
    for (int i = 1; i < scored.length; i++) {
      if (scored[i]) {
        return true;
      }
    }
    return false;
  }
}
