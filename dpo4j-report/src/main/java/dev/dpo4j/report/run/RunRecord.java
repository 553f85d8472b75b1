/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.run;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All that a run folder tells.
 *
 * @param folder the folder
 * @param name what the run is called in a report
 * @param state how far it is
 * @param metrics its log
 * @param events what it tells beside
 * @param curves the metrics and, behind them, speed and memory
 * @param config the resolved configuration, key by key
 * @param proof checksums
 * @param samples what the models answer, the last step of each prompt last
 * @param notes what is missing or could not be read, in words
 */
public record RunRecord(
    Path folder,
    String name,
    RunState state,
    Metrics metrics,
    Events events,
    Map<String, Curve> curves,
    Map<String, String> config,
    Proof proof,
    List<Sample> samples,
    List<String> notes) {
  public RunRecord {
    curves = Collections.unmodifiableMap(new LinkedHashMap<>(curves));
    config = Collections.unmodifiableMap(new LinkedHashMap<>(config));
    samples = List.copyOf(samples);
    notes = List.copyOf(notes);
  }

  /** The same run under another name. */
  public RunRecord named(String other) {
    return new RunRecord(
        folder, other, state, metrics, events, curves, config, proof, samples, notes);
  }
}
