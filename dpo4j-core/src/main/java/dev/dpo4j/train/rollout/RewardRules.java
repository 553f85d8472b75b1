/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.rollout;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Rules that judge answers and need no code: what {@code reward_funcs} knows by name. */
public final class RewardRules {
  private static final Pattern THINKING =
      Pattern.compile("^<think>(?!.*<think>)(.*?)</think>.*$", Pattern.DOTALL);

  private static final Pattern NUMBER = Pattern.compile("-?\\d[\\d,]*(?:\\.\\d+)?");

  /** Columns in which the solution of a task is looked for. */
  private static final List<String> SOLUTIONS = List.of("solution", "answer", "ground_truth");

  private static final Map<String, RewardFunction> RULES =
      new TreeMap<>(
          Map.of(
              "think_format_reward",
              (prompt, completion, row) -> THINKING.matcher(completion).matches() ? 1 : 0,
              "exact_match_reward",
              (prompt, completion, row) ->
                  compare(row, solution -> completion.strip().equals(solution.strip())),
              "contains_solution_reward",
              (prompt, completion, row) ->
                  compare(
                      row,
                      solution ->
                          completion
                              .toLowerCase(Locale.ROOT)
                              .contains(solution.strip().toLowerCase(Locale.ROOT))),
              "last_number_reward",
              (prompt, completion, row) ->
                  compare(
                      row,
                      solution -> {
                        String wanted = lastNumber(solution);
                        return wanted != null && wanted.equals(lastNumber(completion));
                      }),
              "brevity_reward",
              (prompt, completion, row) -> -completion.codePoints().count() / 100.0));

  private RewardRules() {}

  /** What a completion is compared by. */
  private interface Test {
    boolean holds(String solution);
  }

  /** The rule of a name. */
  public static Optional<RewardFunction> find(String name) {
    return Optional.ofNullable(RULES.get(name));
  }

  /** The names of all rules. */
  public static List<String> names() {
    return List.copyOf(RULES.keySet());
  }

  /** 1 where it holds, 0 where it does not, and NaN for a row without a solution. */
  private static double compare(Map<String, ?> row, Test test) {
    for (String column : SOLUTIONS) {
      Object solution = row.get(column);
      if (solution != null) {
        return test.holds(String.valueOf(solution)) ? 1 : 0;
      }
    }
    return Double.NaN;
  }

  /** The last number of a text without separators of thousands and needless zeros, or null. */
  private static @Nullable String lastNumber(String text) {
    Matcher matcher = NUMBER.matcher(text);
    String last = null;
    while (matcher.find()) {
      last = matcher.group();
    }
    if (last == null) {
      return null;
    }
    String plain = last.replace(",", "");
    return plain.contains(".") ? plain.replaceAll("0+$", "").replaceAll("\\.$", "") : plain;
  }
}
