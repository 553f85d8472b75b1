/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.report;

import dev.dpo4j.doctor.finding.DataProblem;
import dev.dpo4j.doctor.finding.Example;
import dev.dpo4j.doctor.finding.Finding;
import dev.dpo4j.doctor.finding.NoiseEstimate;
import dev.dpo4j.doctor.finding.Repair;
import dev.dpo4j.doctor.finding.Severity;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the doctor says of a data set.
 *
 * @param source the training data as the user knows them
 * @param evaluation the evaluation data, or an empty text
 * @param rows pairs that were read
 * @param findings what was found, the worst first
 * @param facts numbers about the data, as plain values
 * @param noise how many labels are flipped, or null without a reference
 * @param repair what the repaired copy holds, or null if there is none
 */
public record DoctorReport(
    String source,
    String evaluation,
    long rows,
    List<Finding> findings,
    Map<String, Object> facts,
    @Nullable NoiseEstimate noise,
    @Nullable Repair repair) {
  private static final ObjectMapper MAPPER = JsonMapper.shared();
  private static final int PLACES = 2;

  public DoctorReport {
    findings = List.copyOf(findings);
    facts = Collections.unmodifiableMap(new LinkedHashMap<>(facts));
  }

  public DoctorReport with(Repair repaired) {
    return new DoctorReport(source, evaluation, rows, findings, facts, noise, repaired);
  }

  /** Returns how many kinds of a severity were found. */
  public long count(Severity severity) {
    return findings.stream().filter(found -> found.ailment().severity() == severity).count();
  }

  /** Returns whether anything was found that is at least this bad. */
  public boolean hasAtLeast(Severity severity) {
    return findings.stream().anyMatch(found -> found.ailment().severity().compareTo(severity) <= 0);
  }

  /** Returns the finding of a kind, or null if it was not found. */
  public @Nullable Finding find(DataProblem ailment) {
    return findings.stream().filter(found -> found.ailment() == ailment).findFirst().orElse(null);
  }

  /** Returns a sentence that sums up. */
  public String summary() {
    return "%s: %d rows, %d prompts%s; %d errors, %d warnings, %d notes"
        .formatted(
            source,
            rows,
            (Long) facts.getOrDefault("different_prompts", 0L),
            evaluation.isEmpty() ? "" : ", compared with " + evaluation,
            count(Severity.ERROR),
            count(Severity.WARNING),
            count(Severity.INFO));
  }

  /** Returns a table for people and what to do, without a final line end. */
  public String toText() {
    List<String> lines = new ArrayList<>();
    lines.add(summary());
    if (!findings.isEmpty()) {
      lines.add("");
      lines.add(row("severity", "finding", "rows", "share", "first places"));
      findings.forEach(found -> lines.add(row(found)));
    }
    for (Finding found : findings) {
      lines.add("");
      lines.add(found.ailment().id() + ": " + found.ailment().title());
      if (!found.note().isEmpty()) {
        lines.add("  " + found.note());
      }
      for (Example example : found.examples()) {
        lines.add(("  " + example.where() + "  " + example.what()).stripTrailing());
      }
      lines.add("  what to do: " + found.ailment().advice());
    }
    lines.add("");
    lines.addAll(factLines());
    if (noise != null) {
      lines.add("reference: " + noise.describe());
    }
    if (repair != null) {
      lines.add("repaired copy " + repair.describe());
    }
    return String.join("\n", lines);
  }

  private static String row(Finding found) {
    String places =
        found.examples().stream()
            .limit(PLACES)
            .map(Example::where)
            .collect(Collectors.joining(", "));
    return row(
        found.ailment().severity().id(),
        found.ailment().id(),
        String.valueOf(found.count()),
        String.format(Locale.ROOT, "%.2f %%", 100 * found.share()),
        places + (found.examples().size() > PLACES ? ", ..." : ""));
  }

  private static String row(String severity, String id, String rows, String share, String places) {
    return "%-8s  %-20s  %8s  %8s  %s".formatted(severity, id, rows, share, places).stripTrailing();
  }

  private List<String> factLines() {
    List<String> lines = new ArrayList<>();
    facts.forEach(
        (name, value) -> {
          if (value instanceof Map<?, ?> map && !map.isEmpty()) {
            lines.add(
                name
                    + ": "
                    + map.entrySet().stream()
                        .map(entry -> entry.getKey() + " " + plain(entry.getValue()))
                        .collect(Collectors.joining(", ")));
          }
        });
    return lines;
  }

  private static String plain(Object value) {
    if (value instanceof double[] pair) {
      return plain(pair[0]) + " to " + plain(pair[1]);
    }
    return value instanceof Double number
        ? String.format(Locale.ROOT, "%.3f", number)
        : String.valueOf(value);
  }

  /** Returns one line of JSON. */
  public String toJson() {
    return MAPPER.writeValueAsString(toMap());
  }

  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("source", source);
    map.put("evaluation", evaluation);
    map.put("rows", rows);
    map.put("errors", count(Severity.ERROR));
    map.put("warnings", count(Severity.WARNING));
    map.put("notes", count(Severity.INFO));
    map.put("findings", findings.stream().map(Finding::toMap).toList());
    map.put("facts", facts);
    if (noise != null) {
      map.put("noise", noise.toMap());
    }
    if (repair != null) {
      map.put("repair", repair.toMap());
    }
    return map;
  }

  /** Returns a page that needs nothing but a browser. */
  public String toHtml() {
    return toHtml("en");
  }

  /**
   * Returns a page that needs nothing but a browser.
   *
   * @param language {@code en} or {@code zh}; what is quoted from the data stays as it is
   */
  public String toHtml(String language) {
    return HtmlReport.of(this, language);
  }
}
