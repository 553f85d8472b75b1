/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.dpo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.metrics.PairMetrics;
import dev.dpo4j.train.loop.TrainListener;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DisplacementGuardTest {
  private final List<String> warnings = new ArrayList<>();
  private final DisplacementGuard guard =
      new DisplacementGuard(
          0.1,
          new TrainListener() {
            @Override
            public void onWarning(String name, String message) {
              warnings.add(name + ": " + message);
            }
          });

  private void log(long step, double shift) {
    guard.log(step, 0, Map.of(PairMetrics.CHOSEN_SHIFT, shift));
  }

  @Test
  void chosenAnswersThatLoseMoreThanTheLimitAreNamedOnceWithTheRemedies() {
    guard.log(1, 0, Map.of("loss", 0.5));
    log(1, 0.3);
    log(2, -0.1);
    assertThat(warnings).isEmpty();
    log(3, -0.125);
    log(4, -2);
    assertThat(warnings)
        .singleElement()
        .asString()
        .startsWith("displacement: at step 3")
        .contains("0.125 nats per token", "displacement_limit 0.1", "dpop", "rpo", "sft_first");
  }
}
