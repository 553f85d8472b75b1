/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.eval;

import dev.dpo4j.stats.Estimate;
import dev.dpo4j.stats.Reliability;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * What was found of a model on held-out pairs.
 *
 * @param facts models, data and options, by name
 * @param rows pairs that were scored
 * @param figures over all rows
 * @param slices what the rows are grouped by, to the groups and their figures
 * @param reliability confidence and share of hits
 * @param againstReference accuracy of the log-probabilities minus that of the reference, null
 *     without a reference
 * @param againstSecond the model minus a second one on the same rows, empty without one
 * @param samples prompts with the answers of the models, empty where none were asked for
 */
public record EvalReport(
    Map<String, String> facts,
    int rows,
    Map<String, Estimate> figures,
    Map<String, Map<String, Map<String, Estimate>>> slices,
    Reliability reliability,
    @Nullable PairedDifference againstReference,
    Map<String, PairedDifference> againstSecond,
    List<EvalSample> samples) {
  public EvalReport {
    samples = List.copyOf(samples);
    facts = Collections.unmodifiableMap(new LinkedHashMap<>(facts));
    figures = Collections.unmodifiableMap(new LinkedHashMap<>(figures));
    slices = Collections.unmodifiableMap(new LinkedHashMap<>(slices));
    againstSecond = Collections.unmodifiableMap(new LinkedHashMap<>(againstSecond));
  }

  /**
   * Computes the report of scored pairs.
   *
   * @param pairs as the model scored them
   * @param second as a second model scored them, empty without one
   * @param by what the rows are grouped by
   * @param furtherFigures figures that were found elsewhere, such as the KL divergence
   */
  public static EvalReport of(
      Map<String, String> facts,
      List<ScoredPair> pairs,
      List<ScoredPair> second,
      List<String> by,
      Map<String, Estimate> furtherFigures,
      double beta,
      long seed) {
    PairFigures figures = new PairFigures(beta, seed);
    Map<String, Estimate> all = new LinkedHashMap<>(figures.of(pairs));
    all.putAll(furtherFigures);
    Map<String, Map<String, Map<String, Estimate>>> slices = new LinkedHashMap<>();
    for (String group : by) {
      Map<String, Map<String, Estimate>> values = new LinkedHashMap<>();
      PairFigures.slices(pairs, group)
          .forEach((value, rows) -> values.put(value, figures.of(rows)));
      slices.put(group, values);
    }
    boolean reference = !pairs.isEmpty() && pairs.get(0).hasReference();
    return new EvalReport(
        facts,
        pairs.size(),
        all,
        slices,
        figures.reliability(pairs),
        reference ? PairedDifference.againstReference(pairs, seed) : null,
        second.isEmpty() ? Map.of() : PairedDifference.of(pairs, second, beta, seed),
        List.of());
  }

  /** The same with answers of the models to some prompts. */
  public EvalReport withSamples(List<EvalSample> answered) {
    return new EvalReport(
        facts, rows, figures, slices, reliability, againstReference, againstSecond, answered);
  }

  /** Returns the report as one JSON object. */
  public String toJson() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("facts", facts);
    map.put("rows", rows);
    map.put("figures", figures(figures));
    Map<String, Object> groups = new LinkedHashMap<>();
    slices.forEach(
        (by, values) -> {
          Map<String, Object> written = new LinkedHashMap<>();
          values.forEach((value, found) -> written.put(value, figures(found)));
          groups.put(by, written);
        });
    map.put("slices", groups);
    List<Map<String, Object>> bins = new ArrayList<>();
    for (Reliability.Bin bin : reliability.bins()) {
      Map<String, Object> written = new LinkedHashMap<>();
      written.put("from", bin.from());
      written.put("to", bin.to());
      written.put("confidence", bin.confidence());
      written.put("accuracy", bin.right().value());
      written.put("low", bin.right().low());
      written.put("high", bin.right().high());
      written.put("rows", bin.right().of());
      bins.add(written);
    }
    Map<String, Object> calibration = new LinkedHashMap<>();
    calibration.put("expected_calibration_error", finite(reliability.error()));
    calibration.put("bins", bins);
    map.put("calibration", calibration);
    if (againstReference != null) {
      map.put("against_reference", Map.of("logp_accuracy", difference(againstReference)));
    }
    if (!againstSecond.isEmpty()) {
      Map<String, Object> differences = new LinkedHashMap<>();
      againstSecond.forEach((name, found) -> differences.put(name, difference(found)));
      map.put("against_second_model", differences);
    }
    if (!samples.isEmpty()) {
      map.put("samples", samples.stream().map(EvalSample::json).toList());
    }
    return JsonMapper.shared().writeValueAsString(map);
  }

  private static Map<String, Object> figures(Map<String, Estimate> figures) {
    Map<String, Object> written = new LinkedHashMap<>();
    figures.forEach((name, estimate) -> written.put(name, estimate(estimate)));
    return written;
  }

  static Map<String, @Nullable Object> estimate(Estimate estimate) {
    Map<String, @Nullable Object> written = new LinkedHashMap<>();
    written.put("value", finite(estimate.value()));
    written.put("low", finite(estimate.low()));
    written.put("high", finite(estimate.high()));
    written.put("rows", estimate.cases());
    return written;
  }

  private static Map<String, @Nullable Object> difference(PairedDifference found) {
    Map<String, @Nullable Object> written = new LinkedHashMap<>(estimate(found.difference()));
    written.put("p", finite(found.p()));
    return written;
  }

  /** JSON has no number that is not finite. */
  static @Nullable Double finite(double value) {
    return Double.isFinite(value) ? value : null;
  }
}
