/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.run;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What {@code run.json} says belongs together.
 *
 * @param facts facts of the run, by name
 * @param inputs what the run read: files with their SHA-256, by role
 * @param outputs files of the folder with their SHA-256
 */
public record Proof(
    Map<String, String> facts, Map<String, Input> inputs, Map<String, String> outputs) {
  /** There is none. */
  public static final Proof NONE = new Proof(Map.of(), Map.of(), Map.of());

  public Proof {
    facts = Collections.unmodifiableMap(new LinkedHashMap<>(facts));
    inputs = Collections.unmodifiableMap(new LinkedHashMap<>(inputs));
    outputs = Collections.unmodifiableMap(new LinkedHashMap<>(outputs));
  }

  /**
   * Something that was read.
   *
   * @param path where it stood
   * @param files its files with their SHA-256
   */
  public record Input(String path, Map<String, String> files) {
    public Input {
      files = Collections.unmodifiableMap(new LinkedHashMap<>(files));
    }
  }
}
