/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** Counts as transformers' EarlyStoppingCallback does. */
class EarlyStoppingRuleTest {
  private static int evaluationsUntilTheEnd(EarlyStopping rule, double... values) {
    for (int i = 0; i < values.length; i++) {
      rule.evaluated(Map.of("eval_loss", values[i]));
      if (rule.isReached()) {
        return i + 1;
      }
    }
    return -1;
  }

  @Test
  void anImprovementBeginsTheCountAnew() {
    EarlyStopping rule = new EarlyStopping("eval_loss", false, 2, 0);
    assertThat(evaluationsUntilTheEnd(rule, 1.0, 1.1, 0.9, 0.95, 0.96)).isEqualTo(5);
  }

  @Test
  void anImprovementBelowTheThresholdCountsAsNoneButMovesTheBest() {
    EarlyStopping rule = new EarlyStopping("eval_loss", false, 2, 0.1);
    // 0.95 and 0.90 are better by 0.05 each; against the first they would be by 0.1.
    assertThat(evaluationsUntilTheEnd(rule, 1.0, 0.95, 0.90)).isEqualTo(3);
  }

  @Test
  void aNumberThatIsNoneIsNoImprovement() {
    EarlyStopping rule = new EarlyStopping("eval_loss", true, 1, 0);
    assertThat(evaluationsUntilTheEnd(rule, 1.0, 2.0, Double.NaN)).isEqualTo(3);
  }
}
