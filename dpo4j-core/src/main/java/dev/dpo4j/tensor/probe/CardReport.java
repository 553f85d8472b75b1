/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.probe;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;

/**
 * What there is to compute on besides the processor: cards, their driver, the engine for them.
 *
 * @param facts names and values, in order
 * @param problems what keeps a card from being used well, or at all
 */
public record CardReport(Map<String, String> facts, List<Problem> problems) {

  /**
   * Something that is wrong.
   *
   * @param what was found
   * @param remedy what to do about it
   */
  public record Problem(String what, String remedy) {}

  /** Looks for cards of one kind; found by {@link ServiceLoader}. */
  public interface Source {
    /**
     * Reports, and never throws.
     *
     * @param engine {@code auto}, or the path of an installed PyTorch
     */
    CardReport look(String engine);
  }

  /** Asks all sources; starts no card and no engine. */
  public static CardReport read(String engine) {
    Map<String, String> facts = new LinkedHashMap<>();
    List<Problem> problems = new ArrayList<>();
    for (Source source : ServiceLoader.load(Source.class, CardReport.class.getClassLoader())) {
      CardReport report = source.look(engine);
      facts.putAll(report.facts());
      problems.addAll(report.problems());
    }
    return new CardReport(facts, problems);
  }
}
