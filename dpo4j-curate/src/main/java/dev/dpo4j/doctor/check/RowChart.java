/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.check;

import dev.dpo4j.data.row.ChatPair;
import dev.dpo4j.data.row.Origin;
import dev.dpo4j.data.row.PreferencePair;
import dev.dpo4j.data.row.RowEvent;
import dev.dpo4j.data.row.RowInfo;
import dev.dpo4j.data.row.TextPair;
import dev.dpo4j.data.token.TokenCheck;
import dev.dpo4j.doctor.check.Scripts.WrittenLanguage;
import dev.dpo4j.doctor.finding.DataProblem;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a pair shows by itself; made by several threads at once.
 *
 * @param origin file and line
 * @param symptoms what was found
 * @param fingerprint of its texts
 * @param places sketch of prompt and answers, or null if they are too short to be compared
 * @param answerBytes sketch of the answers alone, one byte a place
 * @param language what the pair is written in
 * @param chosenLength characters of the chosen answer
 * @param rejectedLength characters of the rejected answer
 * @param chosenEnding how the chosen answer ends
 * @param rejectedEnding how the rejected answer ends
 * @param tokens what tokenisation made of it, or null without a model
 */
@SuppressWarnings("ArrayRecordComponent") // made once, stored, thrown away
public record RowChart(
    Origin origin,
    List<Symptom> symptoms,
    Fingerprint fingerprint,
    long @Nullable [] places,
    byte[] answerBytes,
    WrittenLanguage language,
    int chosenLength,
    int rejectedLength,
    UnfinishedAnswers.Ending chosenEnding,
    UnfinishedAnswers.Ending rejectedEnding,
    TokenCheck.@Nullable Result tokens) {

  /** An event of tokenisation that the doctor reports, and under which name. */
  private static final Map<RowEvent, DataProblem> EVENTS =
      Map.of(
          RowEvent.BOUNDARY_MISMATCH, DataProblem.BOUNDARY_MISMATCH,
          RowEvent.PROMPT_TOO_LONG, DataProblem.PROMPT_TOO_LONG,
          RowEvent.CHOSEN_CUT, DataProblem.ANSWER_CUT,
          RowEvent.REJECTED_CUT, DataProblem.ANSWER_CUT,
          RowEvent.IDENTICAL_AFTER_CUT, DataProblem.IDENTICAL_AFTER_CUT);

  /**
   * Something that was found in a pair.
   *
   * @param ailment what it is
   * @param what where in the pair, and what it looks like
   */
  public record Symptom(DataProblem ailment, String what) {}

  public static RowChart of(PreferencePair pair, @Nullable TokenCheck check) {
    TextView text = TextView.of(pair);
    List<Symptom> symptoms = new ArrayList<>();
    boolean says = answers(pair, text, symptoms);
    notes(pair, symptoms);
    if (pair instanceof ChatPair chat) {
      String fault = Turns.fault(chat);
      add(symptoms, DataProblem.ROLE_ORDER, fault);
      if (fault.isEmpty() && pair.info().notes().contains(RowEvent.HISTORIES_DIFFER)) {
        symptoms.add(new Symptom(DataProblem.HISTORIES_DIFFER, ""));
      }
    }
    WrittenLanguage asked = Scripts.of(text.prompt());
    WrittenLanguage chosen = Scripts.of(text.chosen());
    WrittenLanguage rejected = Scripts.of(text.rejected());
    UnfinishedAnswers.Ending chosenEnding = UnfinishedAnswers.of(text.chosen());
    UnfinishedAnswers.Ending rejectedEnding = UnfinishedAnswers.of(text.rejected());
    if (says) {
      either(
          symptoms,
          DataProblem.CUT_ANSWER,
          chosenEnding == UnfinishedAnswers.Ending.OPEN
              ? UnfinishedAnswers.tail(text.chosen())
              : "",
          rejectedEnding == UnfinishedAnswers.Ending.OPEN
              ? UnfinishedAnswers.tail(text.rejected())
              : "");
      language(asked, chosen, rejected, symptoms);
      phrases(text, symptoms);
    }
    characters(text, symptoms);
    TokenCheck.Result tokens = check == null ? null : check.check(pair);
    if (tokens != null) {
      events(tokens, symptoms);
    }
    MinHash answerSketch = new MinHash();
    answerSketch.add(text.chosen());
    answerSketch.add(text.rejected());
    MinHash sketch = new MinHash();
    sketch.add(text.prompt());
    sketch.addAll(answerSketch);
    return new RowChart(
        pair.info().origin(),
        symptoms,
        Fingerprint.of(text),
        sketch.isComparable() ? sketch.places() : null,
        MinHash.bytes(answerSketch.places()),
        chosen == WrittenLanguage.UNKNOWN ? asked : chosen,
        text.chosen().codePointCount(0, text.chosen().length()),
        text.rejected().codePointCount(0, text.rejected().length()),
        chosenEnding,
        rejectedEnding,
        tokens);
  }

  /**
   * The chart of a row that gives no pair: it has nothing to say, as if both answers were empty.
   */
  public static RowChart leftOut(RowInfo info) {
    return of(new TextPair(info, "", "", ""), null);
  }

  /** Looks at what the answers say at all; returns whether both say something different. */
  private static boolean answers(PreferencePair pair, TextView text, List<Symptom> symptoms) {
    boolean noChosen = TextView.isBlank(pair, true);
    boolean noRejected = TextView.isBlank(pair, false);
    if (noChosen || noRejected) {
      String which = noChosen && noRejected ? "both" : noChosen ? "chosen" : "rejected";
      symptoms.add(new Symptom(DataProblem.EMPTY_ANSWER, which));
      return false;
    }
    if (pair.isIdentical()) {
      symptoms.add(new Symptom(DataProblem.IDENTICAL_ANSWERS, text.chosen()));
      return false;
    }
    if (TextView.normal(text.exactChosen()).equals(TextView.normal(text.exactRejected()))) {
      symptoms.add(new Symptom(DataProblem.IDENTICAL_NORMALISED, text.chosen()));
      return false;
    }
    fence(text, symptoms);
    return true;
  }

  private static void fence(TextView text, List<Symptom> symptoms) {
    boolean chosen = UnfinishedAnswers.hasOpenFence(text.chosen());
    if (chosen || UnfinishedAnswers.hasOpenFence(text.rejected())) {
      String which = chosen ? "chosen: " : "rejected: ";
      String tail = UnfinishedAnswers.tail(chosen ? text.chosen() : text.rejected());
      symptoms.add(new Symptom(DataProblem.OPEN_FENCE, which + tail));
    }
  }

  private static void notes(PreferencePair pair, List<Symptom> symptoms) {
    if (pair.info().notes().contains(RowEvent.EMPTY_PROMPT)) {
      symptoms.add(new Symptom(DataProblem.EMPTY_PROMPT, ""));
    }
    if (pair.info().notes().contains(RowEvent.PROMPT_REPEATED)) {
      symptoms.add(new Symptom(DataProblem.PROMPT_REPEATED, ""));
    }
  }

  private static void language(
      WrittenLanguage asked,
      WrittenLanguage chosen,
      WrittenLanguage rejected,
      List<Symptom> symptoms) {
    if (!isClear(asked) || !isClear(chosen) || !isClear(rejected)) {
      return;
    }
    String what =
        "prompt %s, chosen %s, rejected %s".formatted(id(asked), id(chosen), id(rejected));
    if ((asked == chosen) != (asked == rejected)) {
      symptoms.add(new Symptom(DataProblem.LANGUAGE_MISMATCH, what));
    } else if (asked != chosen) {
      symptoms.add(new Symptom(DataProblem.LANGUAGE_SWITCH, what));
    }
  }

  private static boolean isClear(WrittenLanguage language) {
    return language != WrittenLanguage.UNKNOWN && language != WrittenLanguage.MIXED;
  }

  public static String id(WrittenLanguage language) {
    return language.name().toLowerCase(Locale.ROOT);
  }

  private static void phrases(TextView text, List<Symptom> symptoms) {
    add(symptoms, DataProblem.AI_BOILERPLATE, Phrases.boilerplate(text.chosen()));
    add(symptoms, DataProblem.REFUSAL, Phrases.refusal(text.chosen()));
    either(
        symptoms,
        DataProblem.TURN_MARKER,
        Phrases.turnMark(text.prompt(), text.chosen()),
        Phrases.turnMark(text.prompt(), text.rejected()));
    either(
        symptoms,
        DataProblem.HTML,
        Phrases.markup(text.prompt(), text.chosen()),
        Phrases.markup(text.prompt(), text.rejected()));
  }

  private static void either(
      List<Symptom> symptoms, DataProblem ailment, String chosen, String rejected) {
    String found = chosen.isEmpty() ? rejected : chosen;
    add(
        symptoms,
        ailment,
        found.isEmpty() ? "" : (chosen.isEmpty() ? "rejected: " : "chosen: ") + found);
  }

  private static void add(List<Symptom> symptoms, DataProblem ailment, String what) {
    if (!what.isEmpty()) {
      symptoms.add(new Symptom(ailment, what));
    }
  }

  private static void characters(TextView text, List<Symptom> symptoms) {
    Set<DataProblem> seen = new TreeSet<>();
    List<String> parts = List.of(text.prompt(), text.chosen(), text.rejected());
    List<String> names = List.of("prompt", "chosen", "rejected");
    for (int i = 0; i < parts.size(); i++) {
      String part = parts.get(i);
      int[] places = {Mojibake.damage(part), Mojibake.control(part), Mojibake.invisible(part)};
      DataProblem[] ailments = {
        DataProblem.ENCODING_DAMAGE, DataProblem.CONTROL_CHARACTER, DataProblem.INVISIBLE_CHARACTER
      };
      for (int kind = 0; kind < places.length; kind++) {
        if (places[kind] >= 0 && seen.add(ailments[kind])) {
          String what = names.get(i) + ": " + around(part, places[kind]);
          symptoms.add(new Symptom(ailments[kind], what));
        }
      }
    }
  }

  private static String around(String text, int at) {
    int from = text.offsetByCodePoints(at, -Math.min(12, text.codePointCount(0, at)));
    int to = text.offsetByCodePoints(at, Math.min(16, text.codePointCount(at, text.length())));
    return text.substring(from, to);
  }

  private static void events(TokenCheck.Result tokens, List<Symptom> symptoms) {
    if (!tokens.fault().isEmpty()) {
      symptoms.add(new Symptom(DataProblem.CANNOT_RENDER, tokens.fault()));
    }
    Set<DataProblem> found = new TreeSet<>();
    for (RowEvent event : tokens.events()) {
      DataProblem ailment = EVENTS.get(event);
      if (ailment != null && !(ailment == DataProblem.ANSWER_CUT && tokens.kept() == null)) {
        found.add(ailment);
      }
    }
    for (DataProblem ailment : found) {
      String lengths =
          "%d prompt tokens, chosen %d, rejected %d"
              .formatted(tokens.prompt(), tokens.chosen(), tokens.rejected());
      symptoms.add(new Symptom(ailment, lengths));
    }
  }

  /** Returns why a pair is left out of a repaired copy, looking at it alone, or null. */
  public static @Nullable DataProblem unusable(PreferencePair pair) {
    if (TextView.isBlank(pair, true) || TextView.isBlank(pair, false)) {
      return DataProblem.EMPTY_ANSWER;
    }
    return pair.isIdentical() ? DataProblem.IDENTICAL_ANSWERS : null;
  }

  public boolean has(DataProblem ailment) {
    return symptoms.stream().anyMatch(symptom -> symptom.ailment() == ailment);
  }
}
