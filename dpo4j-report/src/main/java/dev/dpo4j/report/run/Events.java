/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.run;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a run tells beside its metrics.
 *
 * @param plan the plan, by the names of its parts
 * @param changed keys that differ from their defaults
 * @param data what became of the rows
 * @param warnings what its user should know
 * @param speed curves of {@code tokens_per_second} and memory
 * @param starts times at which the run began or went on
 * @param ends how the last of them ended, by name; empty where nothing tells
 * @param notes what could not be read, in words
 */
public record Events(
    Map<String, String> plan,
    Map<String, ChangedKey> changed,
    List<DataTable> data,
    List<Warning> warnings,
    Map<String, Curve> speed,
    List<Start> starts,
    Map<String, String> ends,
    List<String> notes) {
  /** Nothing was told. */
  public static final Events NONE =
      new Events(
          Map.of(), Map.of(), List.of(), List.of(), Map.of(), List.of(), Map.of(), List.of());

  public Events {
    plan = Collections.unmodifiableMap(new LinkedHashMap<>(plan));
    changed = Collections.unmodifiableMap(new LinkedHashMap<>(changed));
    data = List.copyOf(data);
    warnings = List.copyOf(warnings);
    speed = Collections.unmodifiableMap(new LinkedHashMap<>(speed));
    starts = List.copyOf(starts);
    ends = Map.copyOf(ends);
    notes = List.copyOf(notes);
  }

  /**
   * A process that trained.
   *
   * @param time when it began
   * @param step the step after which it went on
   * @param maxSteps the steps of the run
   */
  public record Start(String time, long step, long maxSteps) {}
}
