/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.rollout;

import dev.dpo4j.data.prompt.TokenizedPrompt;
import dev.dpo4j.data.row.DataException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiPredicate;
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
          Map.<String, RewardFunction>of(
              "think_format_reward",
              (prompt, completion, row) -> THINKING.matcher(completion).matches() ? 1 : 0,
              "exact_match_reward",
              new Comparison((completion, solution) -> completion.strip().equals(solution.strip())),
              "contains_solution_reward",
              new Comparison(
                  (completion, solution) ->
                      completion
                          .toLowerCase(Locale.ROOT)
                          .contains(solution.strip().toLowerCase(Locale.ROOT))),
              "last_number_reward",
              new Comparison(
                  (completion, solution) -> {
                    String wanted = lastNumber(solution);
                    return wanted != null && wanted.equals(lastNumber(completion));
                  }),
              "brevity_reward",
              (prompt, completion, row) -> -completion.codePoints().count() / 100.0));

  private RewardRules() {}

  /**
   * 1 where it holds of an answer and the solution in its row, 0 where it does not, and NaN for a
   * row without a solution.
   */
  private record Comparison(BiPredicate<String, String> test) implements RewardFunction {
    @Override
    public double score(String prompt, String completion, Map<String, ?> row) {
      Object solution = solution(row);
      return solution == null
          ? Double.NaN
          : test.test(completion, String.valueOf(solution)) ? 1 : 0;
    }

    private static @Nullable Object solution(Map<String, ?> row) {
      return SOLUTIONS.stream().map(row::get).filter(Objects::nonNull).findFirst().orElse(null);
    }

    @Override
    public RewardSource source(String name) {
      RewardSource scores = RewardFunction.super.source(name);
      return new RewardSource() {
        @Override
        public double[] score(List<RolloutSample> samples) {
          return scores.score(samples);
        }

        @Override
        public void check(List<TokenizedPrompt> prompts) {
          if (prompts.stream().allMatch(prompt -> solution(prompt.columns()) == null)) {
            TokenizedPrompt first = prompts.get(0);
            throw new DataException(
                "%s compares answers with the column %s of their row, which no row has; the first one, %s, has beside its prompt %s"
                    .formatted(
                        name,
                        String.join(" or ", SOLUTIONS),
                        first.origin(),
                        first.columns().isEmpty() ? "nothing" : first.columns().keySet()));
          }
        }
      };
    }
  }

  /** The rule of a name. */
  public static Optional<RewardFunction> find(String name) {
    return Optional.ofNullable(RULES.get(name));
  }

  /** The names of all rules. */
  public static List<String> names() {
    return List.copyOf(RULES.keySet());
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
