/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.io.OwnFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Turns decisions into preference rows.
 *
 * <p>Every annotator has one vote on a row. Two answers become a pair if one of them has more votes
 * than each of the three other verdicts (the other answer, a tie, both bad) and at least the share
 * {@code min_agreement} of all votes. Of more than two answers those with the best and the worst
 * mean place are compared, or every two. Skipped decisions are no votes; gold questions are left
 * out, their answer was known before.
 */
public final class PairExport {
  /** What became of a row. */
  private enum ExportOutcome {
    /** It was written. */
    PAIR,
    /** Most said that both are equally good. */
    TIE,
    /** Most said that neither is good enough. */
    BOTH_BAD,
    /** No verdict has more votes than all others. */
    DISAGREEMENT,
    /** The better answer has too small a share of the votes. */
    BELOW_MIN_AGREEMENT,
    /** Everybody who saw it skipped it. */
    SKIPPED
  }

  private final Path source;
  private final List<String> lines = new ArrayList<>();
  private final Map<ExportOutcome, Integer> fates = new EnumMap<>(ExportOutcome.class);
  private final @Nullable String torn;
  private final int goldDecisions;

  private PairExport(Path source, DecisionFile file, double minAgreement, boolean all) {
    this.source = source;
    this.torn = file.torn().orElse(null);
    Map<List<Object>, List<Decision>> byRow = new LinkedHashMap<>();
    int gold = 0;
    for (Decision decision : file.decisions()) {
      if (decision.gold()) {
        gold++;
      } else {
        byRow
            .computeIfAbsent(List.of(decision.row(), decision.digest()), key -> new ArrayList<>())
            .add(decision);
      }
    }
    this.goldDecisions = gold;
    byRow.values().stream()
        .sorted(Comparator.comparingInt(votes -> votes.get(0).row()))
        .forEach(votes -> add(votes, minAgreement, all));
  }

  /**
   * Reads a file of decisions.
   *
   * @param minAgreement smallest share of the votes, from 0 to 1
   * @throws DataException if the file is not one
   */
  public static PairExport read(Path decisions, double minAgreement) {
    return read(decisions, minAgreement, false);
  }

  /**
   * Reads a file of decisions.
   *
   * @param minAgreement smallest share of the votes, from 0 to 1
   * @param all whether every two answers of a row may make a pair, instead of the best and the
   *     worst alone
   * @throws DataException if the file is not one
   */
  public static PairExport read(Path decisions, double minAgreement, boolean all) {
    return new PairExport(decisions, DecisionFile.read(decisions, true), minAgreement, all);
  }

  private void add(List<Decision> votes, double minAgreement, boolean all) {
    int count = votes.get(0).answers().size();
    List<int[]> candidates = all ? everyTwo(count) : List.of(bestAndWorst(votes, count));
    ExportOutcome fate = null;
    for (int[] candidate : candidates) {
      Map<BestAnswer, Integer> counts = new EnumMap<>(BestAnswer.class);
      votes.forEach(
          vote ->
              vote.verdict(candidate[0], candidate[1])
                  .ifPresent(v -> counts.merge(v, 1, Integer::sum)));
      ExportOutcome ofPair = fate(counts, minAgreement);
      if (ofPair == ExportOutcome.PAIR) {
        boolean first =
            counts.getOrDefault(BestAnswer.FIRST, 0) > counts.getOrDefault(BestAnswer.SECOND, 0);
        lines.add(line(votes.get(0), candidate[first ? 0 : 1], candidate[first ? 1 : 0]));
      }
      fate = fate == null || ofPair == ExportOutcome.PAIR ? ofPair : fate;
    }
    fates.merge(Objects.requireNonNull(fate), 1, Integer::sum);
  }

  private static List<int[]> everyTwo(int count) {
    List<int[]> pairs = new ArrayList<>();
    for (int first = 0; first < count; first++) {
      for (int second = first + 1; second < count; second++) {
        pairs.add(new int[] {first, second});
      }
    }
    return pairs;
  }

  /** The answers with the best and the worst mean place; the first two where all are equal. */
  private static int[] bestAndWorst(List<Decision> votes, int count) {
    if (count == 2) {
      return new int[] {0, 1};
    }
    int best = 0;
    int worst = 0;
    for (int answer = 1; answer < count; answer++) {
      best = sum(votes, answer) < sum(votes, best) ? answer : best;
      worst = sum(votes, answer) > sum(votes, worst) ? answer : worst;
    }
    return best == worst ? new int[] {0, 1} : new int[] {best, worst};
  }

  private static int sum(List<Decision> votes, int answer) {
    return votes.stream().mapToInt(vote -> vote.place(answer)).sum();
  }

  private static ExportOutcome fate(Map<BestAnswer, Integer> counts, double minAgreement) {
    int votes = counts.values().stream().mapToInt(Integer::intValue).sum();
    if (votes == 0) {
      return ExportOutcome.SKIPPED;
    }
    int most = counts.values().stream().mapToInt(Integer::intValue).max().orElse(0);
    List<BestAnswer> leaders =
        counts.keySet().stream().filter(v -> counts.getOrDefault(v, 0) == most).toList();
    if (leaders.size() > 1) {
      return ExportOutcome.DISAGREEMENT;
    }
    return switch (leaders.get(0)) {
      case TIE -> ExportOutcome.TIE;
      case BOTH_BAD -> ExportOutcome.BOTH_BAD;
      default ->
          (double) most / votes < minAgreement
              ? ExportOutcome.BELOW_MIN_AGREEMENT
              : ExportOutcome.PAIR;
    };
  }

  private static String line(Decision decision, int chosen, int rejected) {
    Map<String, @Nullable Object> row = new LinkedHashMap<>();
    row.put("prompt", decision.prompt());
    row.put("chosen", decision.answers().get(chosen));
    row.put("rejected", decision.answers().get(rejected));
    row.putAll(decision.context());
    return JsonMapper.shared().writeValueAsString(row);
  }

  /**
   * Writes the pairs as JSON Lines, complete or not at all. An earlier export of these decisions is
   * replaced; its checksum stands in a list beside them.
   *
   * @throws ConfigException if something else has the name, or the export was changed since
   * @throws DataException if there is no pair
   * @throws IOException if it cannot be written
   */
  public void write(Path output) throws IOException {
    OwnFiles exports = new OwnFiles(source.resolveSibling(source.getFileName() + ".sha256"));
    if (!exports.mayReplace(output)) {
      throw new ConfigException(
          new Fault(
              "output",
              "--output",
              output
                  + " exists already, and is no export of these decisions as it is now: move it away,"
                  + " or name another file"));
    }
    if (lines.isEmpty()) {
      throw new DataException("no row gave a pair, so nothing is written:\n" + toText());
    }
    exports.write(output, String.join("\n", lines) + "\n");
  }

  /** Returns what was wrong at the end of the file, or null. */
  public @Nullable String torn() {
    return torn;
  }

  /** Returns the counts as one JSON object. */
  public String toJson() {
    return JsonMapper.shared().writeValueAsString(counts());
  }

  /** Returns the counts, a line each. */
  public String toText() {
    StringBuilder text = new StringBuilder();
    counts().forEach((name, count) -> text.append("%-22s %7d%n".formatted(name, count)));
    return text.toString().stripTrailing();
  }

  private Map<String, Integer> counts() {
    Map<String, Integer> counts = new LinkedHashMap<>();
    counts.put("rows", fates.values().stream().mapToInt(Integer::intValue).sum());
    counts.put("pairs", lines.size());
    counts.put("tie", count(ExportOutcome.TIE));
    counts.put("both_bad", count(ExportOutcome.BOTH_BAD));
    counts.put("disagreement", count(ExportOutcome.DISAGREEMENT));
    counts.put("below_min_agreement", count(ExportOutcome.BELOW_MIN_AGREEMENT));
    counts.put("skipped", count(ExportOutcome.SKIPPED));
    counts.put("gold_decisions", goldDecisions);
    return counts;
  }

  private int count(ExportOutcome fate) {
    return fates.getOrDefault(fate, 0);
  }
}
