/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.rollout;

import dev.dpo4j.data.row.Origin;
import dev.dpo4j.train.loop.RewardException;
import java.util.Map;

/**
 * Says how good an answer is, as a rule in Java: {@code (prompt, answer, row) -> -answer.length()}.
 *
 * <p>The functions of a run are called on the thread that trains. The same answer has to get the
 * same number, or a resumed run does not come to the same bytes.
 */
@FunctionalInterface
public interface RewardFunction {
  /**
   * Judges an answer.
   *
   * @param prompt the prompt as a text: of a single user message its content, otherwise each
   *     message after its role in brackets
   * @param completion the answer's text without special tokens; empty where the model said nothing
   * @param row the columns of the prompt's row, without the prompt, such as a solution to compare
   *     with
   * @return more is better; NaN for no opinion, so that only other rewards count
   */
  double score(String prompt, String completion, Map<String, ?> row);

  /**
   * Returns the function as a source of rewards.
   *
   * @param name what it is called in messages
   */
  default RewardSource source(String name) {
    return samples -> samples.stream().mapToDouble(sample -> judge(name, sample)).toArray();
  }

  private double judge(String name, RolloutSample sample) {
    try {
      return score(sample.prompt().prompt().plain(), sample.text(), sample.prompt().columns());
    } catch (RuntimeException | LinkageError | AssertionError | StackOverflowError e) {
      // A class that a user brings may lack another one, or check itself by assertions.
      Origin origin = sample.prompt().origin();
      throw new RewardException(
          "The reward function %s failed on an answer to %s: %s. The answer: %s"
              .formatted(name, origin, e, Rewards.shorten(sample.text())),
          e);
    }
  }
}
