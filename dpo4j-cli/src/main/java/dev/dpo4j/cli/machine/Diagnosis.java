/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.machine;

import dev.dpo4j.cli.terminal.TextWidth;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What doctor found: facts in sections, and problems with their remedies. */
final class Diagnosis {
  /**
   * Something that is wrong.
   *
   * @param fatal whether training cannot work
   * @param what what was found
   * @param remedy what to do about it
   */
  record Problem(boolean fatal, String what, String remedy) {}

  private final Map<String, Map<String, String>> sections = new LinkedHashMap<>();
  private final List<Problem> problems = new ArrayList<>();

  void fact(String section, String name, String value) {
    sections.computeIfAbsent(section, key -> new LinkedHashMap<>()).put(name, value);
  }

  void slow(String what, String remedy) {
    problems.add(new Problem(false, what, remedy));
  }

  void broken(String what, String remedy) {
    problems.add(new Problem(true, what, remedy));
  }

  Map<String, Map<String, String>> sections() {
    return Collections.unmodifiableMap(sections);
  }

  List<Problem> problems() {
    return Collections.unmodifiableList(problems);
  }

  boolean healthy() {
    return problems.stream().noneMatch(Problem::fatal);
  }

  /** Returns the facts as aligned lines, then the problems. */
  String render() {
    StringBuilder text = new StringBuilder();
    sections.forEach(
        (section, facts) -> {
          text.append(section).append('\n');
          facts.forEach(
              (name, value) ->
                  text.append("  ").append(TextWidth.pad(name, 24)).append(value).append('\n'));
        });
    text.append("Problems\n");
    if (problems.isEmpty()) {
      text.append("  none\n");
    }
    for (Problem problem : problems) {
      text.append(problem.fatal() ? "  error: " : "  warning: ").append(problem.what());
      text.append("\n    remedy: ").append(problem.remedy()).append('\n');
    }
    return text.toString();
  }
}
