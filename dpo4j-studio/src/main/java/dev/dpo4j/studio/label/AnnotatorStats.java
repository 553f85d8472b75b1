/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What one annotator has done.
 *
 * @param name who
 * @param choices how often each choice was made, gold questions not among them
 * @param goldAsked gold questions answered, without skipped ones
 * @param goldCorrect how many of them named the better answer
 * @param medianSeconds median time of a decision, skipped ones left out; null without any
 */
record AnnotatorStats(
    String name,
    Map<Choice, Integer> choices,
    int goldAsked,
    int goldCorrect,
    @Nullable Double medianSeconds) {
  static List<AnnotatorStats> of(Collection<Decision> decisions) {
    Map<String, List<Decision>> byName = new TreeMap<>();
    decisions.forEach(
        decision ->
            byName.computeIfAbsent(decision.annotator(), name -> new ArrayList<>()).add(decision));
    return byName.entrySet().stream().map(entry -> of(entry.getKey(), entry.getValue())).toList();
  }

  private static AnnotatorStats of(String name, List<Decision> decisions) {
    Map<Choice, Integer> choices = new EnumMap<>(Choice.class);
    int asked = 0;
    int correct = 0;
    for (Decision decision : decisions) {
      if (!decision.gold()) {
        choices.merge(decision.choice(), 1, Integer::sum);
      } else if (decision.verdict().isPresent()) {
        asked++;
        correct += decision.verdict().get() == BestAnswer.FIRST ? 1 : 0;
      }
    }
    return new AnnotatorStats(name, choices, asked, correct, median(decisions));
  }

  /** The median time of the decisions that say something; the mean would be that of the breaks. */
  static @Nullable Double median(Collection<Decision> decisions) {
    double[] seconds =
        decisions.stream()
            .filter(decision -> decision.choice() != Choice.SKIP)
            .mapToDouble(Decision::seconds)
            .sorted()
            .toArray();
    if (seconds.length == 0) {
      return null;
    }
    int middle = seconds.length / 2;
    return seconds.length % 2 == 1
        ? (Double) seconds[middle]
        : (Double) ((seconds[middle - 1] + seconds[middle]) / 2);
  }

  private int count(Choice choice) {
    return choices.getOrDefault(choice, 0);
  }

  /** The share of the left side where a side was chosen: far from a half, somebody favours one. */
  private @Nullable Double leftShare() {
    int sides = count(Choice.LEFT) + count(Choice.RIGHT);
    return sides == 0 ? null : (Double) ((double) count(Choice.LEFT) / sides);
  }

  private @Nullable Double goldAccuracy() {
    return goldAsked == 0 ? null : (Double) ((double) goldCorrect / goldAsked);
  }

  private int decided() {
    return choices.values().stream().mapToInt(Integer::intValue).sum();
  }

  Map<String, @Nullable Object> toMap() {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    map.put("annotator", name);
    map.put("decisions", decided());
    for (Choice choice : Choice.values()) {
      map.put(choice.word(), count(choice));
    }
    map.put("left_share", leftShare());
    map.put("gold_asked", goldAsked);
    map.put("gold_correct", goldCorrect);
    map.put("gold_accuracy", goldAccuracy());
    map.put("median_seconds", medianSeconds);
    return map;
  }

  /** The same without what would tell the annotator about the gold questions. */
  Map<String, @Nullable Object> toMapWithoutGold() {
    Map<String, @Nullable Object> map = new LinkedHashMap<>(toMap());
    map.keySet().removeIf(key -> key.startsWith("gold_"));
    return map;
  }

  static String header() {
    return String.format(
        Locale.ROOT,
        "%-20s %9s %5s %5s %5s %8s %6s %5s %10s %12s %14s",
        "annotator",
        "decisions",
        "left",
        "right",
        "tie",
        "both bad",
        "ranked",
        "skip",
        "left share",
        "gold right",
        "median seconds");
  }

  String toText() {
    return String.format(
        Locale.ROOT,
        "%-20s %9d %5d %5d %5d %8d %6d %5d %10s %12s %14s",
        name,
        decided(),
        count(Choice.LEFT),
        count(Choice.RIGHT),
        count(Choice.TIE),
        count(Choice.BOTH_BAD),
        count(Choice.RANKED),
        count(Choice.SKIP),
        LabelReport.percent(leftShare()),
        goldAsked == 0 ? "-" : goldCorrect + " of " + goldAsked,
        medianSeconds == null ? "-" : String.format(Locale.ROOT, "%.1f", medianSeconds));
  }
}
