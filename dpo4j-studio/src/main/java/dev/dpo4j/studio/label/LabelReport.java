/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import dev.dpo4j.data.row.DataException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** What a file of decisions amounts to: per annotator, and between them. */
public final class LabelReport {
  private final List<AnnotatorStats> annotators;
  private final int rows;
  private final List<AnnotatorAgreement.Pair> pairs;
  private final AnnotatorAgreement.@Nullable All all;
  private final Map<String, Integer> tags;
  private final @Nullable Double medianSeconds;
  private final @Nullable String torn;

  private LabelReport(Collection<Decision> decisions, @Nullable String torn) {
    Map<List<Object>, Map<String, BestAnswer>> verdicts = verdicts(decisions);
    this.annotators = AnnotatorStats.of(decisions);
    this.rows = verdicts.size();
    this.pairs = AnnotatorAgreement.pairs(verdicts.values());
    this.all = AnnotatorAgreement.all(verdicts.values());
    this.tags = new TreeMap<>();
    decisions.forEach(decision -> decision.tags().forEach(tag -> tags.merge(tag, 1, Integer::sum)));
    this.medianSeconds = AnnotatorStats.median(decisions);
    this.torn = torn;
  }

  /**
   * Reads a file of decisions; a server may be writing to it.
   *
   * @throws DataException if the file is not one
   */
  public static LabelReport read(Path file) {
    DecisionFile found = DecisionFile.read(file, false);
    return new LabelReport(found.decisions(), found.torn().orElse(null));
  }

  static LabelReport of(Collection<Decision> decisions) {
    return new LabelReport(decisions, null);
  }

  /** Row to annotator to verdict, without gold questions and skipped rows. */
  static Map<List<Object>, Map<String, BestAnswer>> verdicts(Collection<Decision> decisions) {
    Map<List<Object>, Map<String, BestAnswer>> verdicts = new LinkedHashMap<>();
    for (Decision decision : decisions) {
      if (!decision.gold() && decision.verdict().isPresent()) {
        verdicts
            .computeIfAbsent(List.of(decision.row(), decision.digest()), key -> new TreeMap<>())
            .put(decision.annotator(), decision.verdict().get());
      }
    }
    return verdicts;
  }

  /** Returns what was wrong at the end of the file, or null. */
  public @Nullable String torn() {
    return torn;
  }

  /** Returns one JSON object. */
  public String toJson() {
    return JsonMapper.shared().writeValueAsString(toMap());
  }

  Map<String, @Nullable Object> toMap() {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    map.put("rows_judged", rows);
    map.put("median_seconds", medianSeconds);
    map.put("annotators", annotators.stream().map(AnnotatorStats::toMap).toList());
    Map<String, @Nullable Object> agreement = new LinkedHashMap<>();
    agreement.put("rows", all == null ? 0 : all.rows());
    agreement.put("observed", all == null ? null : all.observed());
    agreement.put("fleiss_kappa", all == null ? null : all.kappa());
    agreement.put("mean_cohen_kappa", meanKappa());
    agreement.put("pairs", pairs.stream().map(LabelReport::pairMap).toList());
    map.put("agreement", agreement);
    map.put("tags", tags);
    return map;
  }

  /** The same without what would tell annotators about the gold questions. */
  Map<String, @Nullable Object> toMapWithoutGold() {
    Map<String, @Nullable Object> map = new LinkedHashMap<>(toMap());
    map.put("annotators", annotators.stream().map(AnnotatorStats::toMapWithoutGold).toList());
    return map;
  }

  private static Map<String, @Nullable Object> pairMap(AnnotatorAgreement.Pair pair) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    map.put("annotators", List.of(pair.first(), pair.second()));
    map.put("rows", pair.rows());
    map.put("observed", pair.observed());
    map.put("cohen_kappa", pair.kappa());
    return map;
  }

  /** The mean over all pairs of annotators whose kappa is defined, null if there is none. */
  private @Nullable Double meanKappa() {
    OptionalDouble mean =
        pairs.stream()
            .map(AnnotatorAgreement.Pair::kappa)
            .filter(Objects::nonNull)
            .mapToDouble(kappa -> kappa)
            .average();
    return mean.isPresent() ? (Double) mean.getAsDouble() : null;
  }

  /** Returns tables for a terminal. */
  public String toText() {
    StringBuilder text = new StringBuilder();
    text.append("%d rows judged%n".formatted(rows));
    text.append(AnnotatorStats.header()).append(System.lineSeparator());
    annotators.forEach(stats -> text.append(stats.toText()).append(System.lineSeparator()));
    if (all == null) {
      text.append("agreement: no row was judged by two annotators");
    } else {
      text.append("agreement on %d rows with two verdicts or more%n".formatted(all.rows()));
      for (AnnotatorAgreement.Pair pair : pairs) {
        text.append(
            "  %s, %s: Cohen's kappa %s, %s the same, %d rows%n"
                .formatted(
                    pair.first(),
                    pair.second(),
                    number(pair.kappa()),
                    percent(pair.observed()),
                    pair.rows()));
      }
      text.append(
          "  all: Fleiss' kappa %s, mean of Cohen's %s, %s the same"
              .formatted(number(all.kappa()), number(meanKappa()), percent(all.observed())));
    }
    if (!tags.isEmpty()) {
      text.append("%ntags: %s".formatted(tags.toString().replaceAll("[{}]", "")));
    }
    return text.toString();
  }

  private static String number(@Nullable Double value) {
    return value == null ? "not defined" : String.format(Locale.ROOT, "%.3f", value);
  }

  static String percent(@Nullable Double share) {
    return share == null ? "-" : String.format(Locale.ROOT, "%.0f %%", 100 * share);
  }
}
