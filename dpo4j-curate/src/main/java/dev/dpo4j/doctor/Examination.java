/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor;

import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.DataFault;
import dev.dpo4j.data.token.TokenCheck;
import dev.dpo4j.doctor.check.ExactMatches;
import dev.dpo4j.doctor.check.LengthBias;
import dev.dpo4j.doctor.check.LengthPile;
import dev.dpo4j.doctor.check.LookedRow;
import dev.dpo4j.doctor.check.NearMatches;
import dev.dpo4j.doctor.check.RowChart;
import dev.dpo4j.doctor.check.RowStore;
import dev.dpo4j.doctor.check.ScoreBook;
import dev.dpo4j.doctor.check.Scripts.WrittenLanguage;
import dev.dpo4j.doctor.check.UnfinishedAnswers.Ending;
import dev.dpo4j.doctor.finding.DataProblem;
import dev.dpo4j.doctor.finding.Example;
import dev.dpo4j.doctor.finding.Findings;
import dev.dpo4j.doctor.finding.NoiseEstimate;
import dev.dpo4j.doctor.finding.PairScore;
import dev.dpo4j.doctor.finding.Repair;
import dev.dpo4j.doctor.report.DoctorReport;
import dev.dpo4j.tokenizer.LearntEnd;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** One examination: takes row after row, then draws the conclusions. */
final class Examination implements Closeable {
  /** If more of the long answers than this end without a mark, that is how these data are. */
  private static final double MAX_OPEN = 0.3;

  private static final double RARE = 0.02;
  private static final int MIN_ROWS_FOR_RARE = 100;

  /** What is kept, and from which similarity on. */
  record Settings(double near, int examples, int bufferLongs) {}

  private final Settings settings;
  private final LongConsumer progress;
  private final Findings findings;
  private final RowStore rows;
  private final ExactMatches exact;
  private final NearMatches near;
  private final ScoreBook scores;
  private final LengthBias characters = new LengthBias();
  private final LengthBias tokens = new LengthBias();
  private final Map<String, LengthPile> piles = new LinkedHashMap<>();
  private final Map<String, long[]> lengths = new LinkedHashMap<>();
  private final Map<WrittenLanguage, Long> languages = new EnumMap<>(WrittenLanguage.class);
  private final Map<WrittenLanguage, List<Example>> speakers = new EnumMap<>(WrittenLanguage.class);
  private final List<DataFault> faults = new ArrayList<>();
  private @Nullable NoiseEstimate noise;
  private boolean gaveUp;
  private long read;
  private long open;
  private long closed;

  Examination(Path folder, Settings settings, LongConsumer progress) throws IOException {
    this.settings = settings;
    this.progress = progress;
    this.findings = new Findings(settings.examples());
    this.rows = new RowStore(folder);
    this.exact = new ExactMatches(rows, folder, settings.bufferLongs());
    this.near = new NearMatches(rows, folder, settings.near(), settings.bufferLongs());
    this.scores = new ScoreBook(folder);
  }

  void readEvaluation(RowReader rowReader) {
    rowReader.read(looked -> compare(rows.add(looked.chart(), true), looked.chart()));
  }

  /**
   * Reads the training data.
   *
   * @param end looks at the ends of answers, or null
   */
  void read(RowReader rowReader, @Nullable LearntEnd end) {
    try {
      rowReader.read(looked -> take(looked, end));
    } catch (DataException e) {
      if (e.faults().isEmpty()) {
        throw e;
      }
      faults.addAll(e.faults());
      gaveUp = e.gaveUp();
    }
    if (end != null && end.warning().isPresent()) {
      findings.count(DataProblem.NO_STOP_TOKEN, end.count());
      findings.note(DataProblem.NO_STOP_TOKEN, end.warning().get());
    }
  }

  private void take(LookedRow looked, @Nullable LearntEnd end) throws IOException {
    long row = rows.add(looked.chart(), false);
    compare(row, looked.chart());
    take(looked.chart());
    int[] learnt = looked.learnt();
    if (end != null && learnt != null) {
      end.add(learnt);
    }
    PairScore score = looked.score();
    if (score != null) {
      scores.add(row, score);
    }
    read++;
    progress.accept(read);
  }

  private void compare(long row, RowChart chart) throws IOException {
    exact.add(row, chart.fingerprint());
    long[] places = chart.places();
    if (places != null) {
      near.add(row, places);
    }
  }

  private void take(RowChart chart) {
    for (RowChart.Symptom symptom : chart.symptoms()) {
      findings.add(symptom.ailment(), Example.of(chart.origin(), read, symptom.what()));
    }
    if (chart.has(DataProblem.EMPTY_ANSWER)) {
      return;
    }
    endings(chart);
    characters.add(chart.chosenLength(), chart.rejectedLength());
    pile("chosen answers", "characters").add(chart.chosenLength());
    pile("rejected answers", "characters").add(chart.rejectedLength());
    TokenCheck.Result counted = chart.tokens();
    if (counted != null && counted.tokenized()) {
      tokens.add(counted.chosen(), counted.rejected());
      pile("chosen answers", "tokens").add(counted.chosen());
      pile("rejected answers", "tokens").add(counted.rejected());
      length("prompt_tokens", counted.prompt());
      length("chosen_tokens", counted.chosen());
      length("rejected_tokens", counted.rejected());
    }
    length("chosen_characters", chart.chosenLength());
    length("rejected_characters", chart.rejectedLength());
    languages.merge(chart.language(), 1L, Long::sum);
    List<Example> known = speakers.computeIfAbsent(chart.language(), unused -> new ArrayList<>());
    if (known.size() < settings.examples()) {
      known.add(Example.of(chart.origin(), read, RowChart.id(chart.language())));
    }
  }

  private void endings(RowChart chart) {
    for (Ending ending : new Ending[] {chart.chosenEnding(), chart.rejectedEnding()}) {
      open += ending == Ending.OPEN ? 1 : 0;
      closed += ending == Ending.CLOSED ? 1 : 0;
    }
  }

  private LengthPile pile(String whose, String unit) {
    return piles.computeIfAbsent(whose + " of %d " + unit, unused -> new LengthPile());
  }

  private void length(String what, int length) {
    long[] sumAndMax = lengths.computeIfAbsent(what, unused -> new long[3]);
    sumAndMax[0] += length;
    sumAndMax[1] = Math.max(sumAndMax[1], length);
    sumAndMax[2]++;
  }

  /**
   * Draws the conclusions from all rows.
   *
   * @param name the training data as the user knows them
   * @param evaluation the evaluation data, or an empty text
   */
  DoctorReport report(String name, String evaluation, boolean model) throws IOException {
    for (DataFault fault : faults) {
      findings.add(DataProblem.UNREADABLE_ROW, Example.of(fault.origin(), -1, fault.message()));
    }
    if (gaveUp) {
      findings.note(DataProblem.UNREADABLE_ROW, "reading stopped here; more rows may follow");
    }
    exact.find(findings);
    near.find(exact.repeats(), findings);
    if (open > MAX_OPEN * (open + closed)) {
      findings.remove(DataProblem.CUT_ANSWER);
    }
    bias(model && tokens.pairs() > 0);
    piles();
    rareLanguages();
    if (!scores.isEmpty()) {
      NoiseEstimate estimate = scores.estimate();
      scores.report(estimate, rows, findings, settings.examples());
      noise = estimate;
    }
    return new DoctorReport(
        name,
        evaluation,
        read,
        findings.of(read + faults.size()),
        facts(model && tokens.pairs() > 0),
        noise,
        null);
  }

  private void bias(boolean counted) {
    LengthBias bias = counted ? tokens : characters;
    if (bias.isBiased()) {
      findings.count(DataProblem.LENGTH_BIAS, bias.guessed());
      findings.note(DataProblem.LENGTH_BIAS, bias.describe(counted ? "tokens" : "characters"));
    }
  }

  private void piles() {
    List<String> notes = new ArrayList<>();
    piles.forEach(
        (name, pile) -> {
          int limit = pile.limit();
          if (limit > 0) {
            findings.count(DataProblem.LENGTH_LIMIT, pile.count(limit));
            notes.add(pile.count(limit) + " " + name.formatted(limit));
          }
        });
    if (!notes.isEmpty()) {
      findings.note(DataProblem.LENGTH_LIMIT, String.join(", ", notes));
    }
  }

  private void rareLanguages() {
    if (read < MIN_ROWS_FOR_RARE) {
      return;
    }
    speakers.forEach(
        (language, examples) -> {
          long count = languages.getOrDefault(language, 0L);
          boolean known = language != WrittenLanguage.UNKNOWN && language != WrittenLanguage.MIXED;
          if (known && count < RARE * read) {
            examples.forEach(example -> findings.add(DataProblem.RARE_LANGUAGE, example));
            findings.count(DataProblem.RARE_LANGUAGE, count - examples.size());
          }
        });
  }

  private Map<String, Object> facts(boolean counted) {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("rows", read);
    facts.put("different_prompts", exact.prompts());
    Map<String, Object> spoken = new LinkedHashMap<>();
    languages.entrySet().stream()
        .sorted(Map.Entry.<WrittenLanguage, Long>comparingByValue().reversed())
        .forEach(entry -> spoken.put(RowChart.id(entry.getKey()), entry.getValue()));
    facts.put("languages", spoken);
    lengths.forEach((name, sums) -> facts.put(name, meanAndMax(sums)));
    facts.put("length_bias", counted ? tokens.toMap("tokens") : characters.toMap("characters"));
    if (!scores.isEmpty()) {
      facts.put("reference", scores.toMap());
    }
    return facts;
  }

  private static Map<String, Object> meanAndMax(long[] sums) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("mean", Math.round(10.0 * sums[0] / sums[2]) / 10.0);
    map.put("max", sums[1]);
    return map;
  }

  /** Writes the repaired copy. */
  Repair repair(PreferenceRows data, Path target, boolean swap) throws IOException {
    if (gaveUp) {
      throw new DataException(
          "%s was not repaired: reading stopped after %d rows that cannot be read. Repair these first: %s"
              .formatted(data.name(), faults.size(), faults.get(0)));
    }
    NoiseEstimate flips = swap ? noise : null;
    try (RepairWriter writer =
        new RepairWriter(target, rows, exact.repeats().walk(), scores, flips)) {
      return writer.write(data, faults);
    }
  }

  /** Returns the bytes of memory that are kept across rows. */
  long bytesKept() {
    long kept = exact.bytesInMemory() + near.bytesInMemory();
    for (LengthPile pile : piles.values()) {
      kept += pile.bytes();
    }
    return kept + scores.bytesInMemory();
  }

  @Override
  public void close() throws IOException {
    try (rows;
        exact;
        near) {
      scores.close();
    }
  }
}
