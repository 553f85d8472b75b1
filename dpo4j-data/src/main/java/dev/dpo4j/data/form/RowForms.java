/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.form;

import dev.dpo4j.data.row.Answers;
import dev.dpo4j.data.row.ChatContext;
import dev.dpo4j.data.row.ChatPair;
import dev.dpo4j.data.row.Columns;
import dev.dpo4j.data.row.ImplicitPrompt;
import dev.dpo4j.data.row.JsonRows;
import dev.dpo4j.data.row.Message;
import dev.dpo4j.data.row.PreferencePair;
import dev.dpo4j.data.row.Row;
import dev.dpo4j.data.row.RowEvent;
import dev.dpo4j.data.row.RowFault;
import dev.dpo4j.data.row.RowInfo;
import dev.dpo4j.data.row.TextPair;
import dev.dpo4j.data.row.TrainingText;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Finds out which form a row has, for each row by itself, and brings it into one form.
 *
 * <p>Raises {@link RowFault} for a row that has none of the known forms.
 */
public final class RowForms {
  private static final String PAIR_FORM =
      "\"prompt\" (optional), \"chosen\" and \"rejected\", each a string or a list of messages";
  private static final String COMPLETION_FORM =
      "\"prompt\" and \"completion\", each a string or a list of messages";
  private static final List<String> ANSWER_LISTS = List.of("answers", "responses");
  private static final String ANSWERS_FORM =
      "\"prompt\" and \"answers\" (or \"responses\"), a list of two, or " + PAIR_FORM;
  private static final Set<String> EXTRAS = Set.of("weight", "margin", "p_chosen");
  private static final Set<String> SCORES = Set.of(RowInfo.SCORE_CHOSEN, RowInfo.SCORE_REJECTED);
  private static final Set<String> CHAT_COLUMNS = Set.of("tools", "chat_template_kwargs");

  private RowForms() {}

  /** Reads a preference pair. */
  public static PreferencePair pair(Row row) {
    Columns columns = new Columns(row.columns());
    Object chosen = Answers.check("chosen", columns.require("chosen", PAIR_FORM));
    Object rejected = Answers.check("rejected", columns.require("rejected", PAIR_FORM));
    Object prompt =
        columns.has("prompt") ? Answers.check("prompt", columns.require("prompt", "")) : null;
    Set<RowEvent> notes = EnumSet.noneOf(RowEvent.class);
    boolean chat = chosen instanceof List || rejected instanceof List || prompt instanceof List;
    if (!chat) {
      String text = prompt == null ? "" : (String) prompt;
      return textPair(row, prompt == null, text, (String) chosen, (String) rejected, notes);
    }
    List<Message> chosenMessages = Answers.messages("chosen", chosen, notes);
    List<Message> rejectedMessages = Answers.messages("rejected", rejected, notes);
    int common = 0;
    List<Message> promptMessages;
    if (prompt instanceof String text) {
      notes.add(RowEvent.MIXED_FORMS);
      boolean inside = Answers.bothRepeatPrompt(text, chosenMessages, rejectedMessages);
      common = inside ? ImplicitPrompt.length(chosenMessages, rejectedMessages) : 0;
      promptMessages = inside ? chosenMessages.subList(0, common) : List.of(Message.user(text));
    } else if (prompt == null) {
      notes.add(RowEvent.IMPLICIT_PROMPT);
      common = ImplicitPrompt.length(chosenMessages, rejectedMessages);
      promptMessages = chosenMessages.subList(0, common);
    } else {
      promptMessages = Answers.messages("prompt", prompt, notes);
      if (promptMessages.isEmpty()) {
        throw new RowFault("prompt is an empty list: expected at least one message");
      }
      if (startsWith(chosenMessages, promptMessages)
          && startsWith(rejectedMessages, promptMessages)) {
        notes.add(RowEvent.PROMPT_REPEATED);
      }
    }
    List<Message> chosenAnswer = chosenMessages.subList(common, chosenMessages.size());
    List<Message> rejectedAnswer = rejectedMessages.subList(common, rejectedMessages.size());
    Histories.note(chosenAnswer, rejectedAnswer, notes);
    ChatPair pair =
        new ChatPair(
            info(row, notes, Set.of("prompt", "chosen", "rejected")),
            promptMessages,
            chosenAnswer,
            rejectedAnswer,
            context(columns));
    PromptColumns.requireRead(row, pair);
    return pair;
  }

  /**
   * Reads two answers of which nobody has said yet which is better: a list of two under {@code
   * answers} or {@code responses}, or a preference pair. The first of them becomes the chosen one.
   */
  public static PreferencePair unjudged(Row row) {
    Columns columns = new Columns(row.columns());
    List<String> names = ANSWER_LISTS.stream().filter(columns::has).toList();
    if (names.isEmpty()) {
      if (!columns.has("chosen") && !columns.has("rejected")) {
        columns.require("answers", ANSWERS_FORM);
      }
      return pair(row);
    }
    String name = names.get(0);
    if (names.size() > 1 || columns.has("chosen") || columns.has("rejected")) {
      throw new RowFault(
          "has answers in more than one place: %s. Expected %s."
              .formatted(new TreeSet<>(row.columns().keySet()), ANSWERS_FORM));
    }
    if (!(columns.get(name) instanceof List<?> answers) || answers.size() != 2) {
      throw new RowFault(
          "%s must be a list of two answers but is %s. Write a row for each pair to compare."
              .formatted(
                  name,
                  columns.get(name) instanceof List<?> list
                      ? "a list of " + list.size()
                      : Columns.kind(columns.get(name))));
    }
    Map<String, @Nullable Object> pair = new LinkedHashMap<>(row.columns());
    pair.remove(name);
    pair.put("chosen", answers.get(0));
    pair.put("rejected", answers.get(1));
    return pair(new Row(row.index(), row.origin(), pair, row.found()));
  }

  private static TextPair textPair(
      Row row,
      boolean implicit,
      String prompt,
      String chosen,
      String rejected,
      Set<RowEvent> notes) {
    int common = 0;
    if (implicit) {
      notes.add(RowEvent.IMPLICIT_PROMPT);
      common = ImplicitPrompt.length(chosen, rejected);
    } else if (!prompt.isEmpty() && chosen.startsWith(prompt) && rejected.startsWith(prompt)) {
      notes.add(RowEvent.PROMPT_REPEATED);
    }
    String text = implicit ? chosen.substring(0, common) : prompt;
    if (text.isEmpty()) {
      notes.add(RowEvent.EMPTY_PROMPT);
    }
    TextPair pair =
        new TextPair(
            info(row, notes, Set.of("prompt", "chosen", "rejected")),
            text,
            chosen.substring(common),
            rejected.substring(common));
    PromptColumns.requireRead(row, pair);
    return pair;
  }

  private static boolean startsWith(List<Message> messages, List<Message> start) {
    return messages.size() > start.size() && messages.subList(0, start.size()).equals(start);
  }

  /**
   * Reads a row of supervised data: messages, text, prompt and completion, or a preference pair or
   * a list of answers, of which the best one is learnt. A row that is {@linkplain #leftOut left
   * out} has none.
   */
  public static TrainingText supervised(Row given) {
    TrainingText text = readSupervised(given);
    PromptColumns.requireRead(given, text);
    return text;
  }

  /**
   * Returns what is known of a row whose form says that it is not trained on; null of any other.
   */
  public static @Nullable RowInfo leftOut(Row row) {
    return row.isDropped() ? info(row, Set.of()) : null;
  }

  private static TrainingText readSupervised(Row given) {
    Row row = PairMaker.best(given);
    Columns columns = new Columns(row.columns());
    if (columns.has("chosen")) {
      return unpair(pair(row)).get(0);
    }
    Set<RowEvent> notes = EnumSet.noneOf(RowEvent.class);
    if (columns.has("messages")) {
      Object value = columns.require("messages", "");
      if (!(value instanceof List)) {
        throw new RowFault("messages must be a list of messages but is " + Columns.kind(value));
      }
      List<Message> messages = Answers.messages("messages", value, notes);
      if (messages.isEmpty()) {
        throw new RowFault("messages is an empty list: expected at least one message");
      }
      return new TrainingText.Conversation(
          single(row, notes, Set.of("messages")), messages, context(columns));
    }
    if (columns.has("text")) {
      Object value = columns.require("text", "");
      if (!(value instanceof String text)) {
        throw new RowFault("text must be a string but is " + Columns.kind(value));
      }
      return new TrainingText.Document(single(row, notes, Set.of("text")), text);
    }
    if (!columns.has("prompt") && !columns.has("completion")) {
      columns.require("messages", "\"messages\", or \"text\", or " + COMPLETION_FORM);
    }
    return completion(row, columns, notes, Set.of("prompt", "completion"), null);
  }

  /**
   * Reads a row of unpaired preference data: prompt, completion and label, or messages, whose last
   * one is the completion, and label. A row that gives pairs gives two for each of them, the chosen
   * one first; one that gives no pair gives none.
   */
  public static List<TrainingText> labelled(Row row, PairMaker maker) {
    if (row.isDropped()) {
      return List.of();
    }
    List<TrainingText> texts = readLabelled(row, maker);
    texts.forEach(text -> PromptColumns.requireRead(row, text));
    return texts;
  }

  private static List<TrainingText> readLabelled(Row row, PairMaker maker) {
    Columns columns = new Columns(row.columns());
    if (row.found().ranked() != null || columns.has("chosen") || columns.has("rejected")) {
      return maker.pairs(row).stream().flatMap(pair -> unpair(pair).stream()).toList();
    }
    Object label = columns.require("label", COMPLETION_FORM + ", and \"label\", true or false");
    if (!(label instanceof Boolean desirable)) {
      throw new RowFault("label must be true or false but is " + Columns.kind(label));
    }
    Set<RowEvent> notes = EnumSet.noneOf(RowEvent.class);
    if (columns.has("messages") && !columns.has("completion")) {
      return List.of(lastMessage(row, columns, notes, desirable));
    }
    return List.of(
        completion(row, columns, notes, Set.of("prompt", "completion", "label"), desirable));
  }

  private static TrainingText lastMessage(
      Row row, Columns columns, Set<RowEvent> notes, boolean label) {
    Object value = columns.require("messages", "");
    if (!(value instanceof List)) {
      throw new RowFault("messages must be a list of messages but is " + Columns.kind(value));
    }
    List<Message> messages = Answers.messages("messages", value, notes);
    int last = messages.size() - 1;
    if (last < 1 || !messages.get(last).isAssistant()) {
      throw new RowFault(
          "messages must end with the answer of the assistant that is labelled, after at least one other message");
    }
    return new TrainingText.ChatCompletion(
        single(row, notes, Set.of("messages", "label")),
        messages.subList(0, last),
        messages.subList(last, last + 1),
        context(columns),
        label);
  }

  private static TrainingText completion(
      Row row, Columns columns, Set<RowEvent> notes, Set<String> used, @Nullable Boolean label) {
    Object prompt = Answers.check("prompt", columns.require("prompt", COMPLETION_FORM));
    Object completion = Answers.check("completion", columns.require("completion", COMPLETION_FORM));
    if (prompt instanceof String text && completion instanceof String answer) {
      if (text.isEmpty()) {
        notes.add(RowEvent.EMPTY_PROMPT);
      }
      return new TrainingText.TextCompletion(single(row, notes, used), text, answer, label);
    }
    if (prompt instanceof String) {
      notes.add(RowEvent.MIXED_FORMS);
    }
    List<Message> before =
        prompt instanceof String text
            ? List.of(Message.user(text))
            : Answers.messages("prompt", prompt, notes);
    if (before.isEmpty()) {
      throw new RowFault("prompt is an empty list: expected at least one message");
    }
    List<Message> after = Answers.messages("completion", completion, notes);
    if (prompt instanceof String text && Answers.repeatsPrompt(text, after)) {
      before = after.subList(0, after.size() - 1);
      after = after.subList(after.size() - 1, after.size());
    }
    return new TrainingText.ChatCompletion(
        single(row, notes, used), before, after, context(columns), label);
  }

  /** Splits a pair into a desirable and an undesirable completion. */
  static List<TrainingText> unpair(PreferencePair pair) {
    RowInfo info = pair.info().withoutExtras();
    if (pair instanceof TextPair text) {
      return List.of(
          new TrainingText.TextCompletion(info, text.prompt(), text.chosen(), true),
          new TrainingText.TextCompletion(info, text.prompt(), text.rejected(), false));
    }
    ChatPair chat = (ChatPair) pair;
    return List.of(
        new TrainingText.ChatCompletion(info, chat.prompt(), chat.chosen(), chat.context(), true),
        new TrainingText.ChatCompletion(
            info, chat.prompt(), chat.rejected(), chat.context(), false));
  }

  static ChatContext context(Columns columns) {
    Object tools = columns.get("tools");
    if (tools instanceof String text && text.isBlank()) {
      tools = null;
    } else if (tools instanceof String text) {
      try {
        tools = JsonRows.parse(text);
      } catch (RowFault e) {
        throw new RowFault(
            "tools is a string that %s. Expected a JSON list, or no column.".formatted(e.text()));
      }
    }
    if (tools != null && !(tools instanceof List)) {
      throw new RowFault(
          "tools must be a list, or a string with a JSON list, but is " + Columns.kind(tools));
    }
    if (tools instanceof List<?> list && list.isEmpty()) {
      // Templates write their preamble for tools as soon as there is a list, though it names none.
      tools = null;
    }
    Object kwargs = columns.get("chat_template_kwargs");
    if (kwargs != null && !(kwargs instanceof Map)) {
      throw new RowFault("chat_template_kwargs must be an object but is " + Columns.kind(kwargs));
    }
    if (tools == null && kwargs == null) {
      return ChatContext.NONE;
    }
    Map<String, @Nullable Object> variables = new LinkedHashMap<>();
    if (kwargs instanceof Map<?, ?> map) {
      map.forEach((name, value) -> variables.put(String.valueOf(name), value));
    }
    List<@Nullable Object> list = null;
    if (tools instanceof List<?> found) {
      list = new ArrayList<>(found);
      if (!found.stream().allMatch(tool -> tool instanceof Map)) {
        throw new RowFault("tools must be a list of objects (JSON schemas of functions)");
      }
    }
    return new ChatContext(list, variables);
  }

  /** What is known of a row of single answers, for which the columns of pairs mean nothing. */
  private static RowInfo single(Row row, Set<RowEvent> notes, Set<String> used) {
    return info(row, notes, used).withoutExtras();
  }

  private static RowInfo info(Row row, Set<RowEvent> notes, Set<String> used) {
    RowInfo info = info(row, used);
    Set<RowEvent> all = EnumSet.noneOf(RowEvent.class);
    all.addAll(notes);
    all.addAll(info.notes());
    return new RowInfo(
        info.row(), info.origin(), all, info.extras(), info.ignored(), info.scores());
  }

  /** What is known of a row before its texts were looked at. */
  static RowInfo info(Row row, Set<String> used) {
    Map<String, Double> extras = new LinkedHashMap<>();
    Map<String, Double> scores = new LinkedHashMap<>();
    Set<String> ignored = new TreeSet<>(row.found().unread().keySet());
    row.columns()
        .forEach(
            (name, value) -> {
              if (EXTRAS.contains(name)) {
                addExtra(extras, name, value);
              } else if (SCORES.contains(name)
                  && value instanceof Number number
                  && Double.isFinite(number.doubleValue())) {
                scores.put(name, number.doubleValue());
              } else if (!used.contains(name) && !CHAT_COLUMNS.contains(name)) {
                ignored.add(name);
              }
            });
    Set<RowEvent> notes = row.found().notes();
    return new RowInfo(row.index(), row.origin(), notes, extras, ignored, scores);
  }

  private static void addExtra(Map<String, Double> extras, String name, @Nullable Object value) {
    if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
      double found = number.doubleValue();
      if (name.equals("weight") && found < 0) {
        throw new RowFault("weight must be 0 or more but is " + value);
      }
      if (name.equals("p_chosen") && (found < 0 || found > 1)) {
        throw new RowFault("p_chosen is a probability, from 0 to 1, but is " + value);
      }
      extras.put(name, found);
    } else if (value != null) {
      throw new RowFault("%s must be a number but is %s".formatted(name, Columns.kind(value)));
    }
  }
}
