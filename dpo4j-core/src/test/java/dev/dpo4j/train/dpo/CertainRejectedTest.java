/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.dpo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.nn.TokenStats;
import dev.dpo4j.train.loop.TrainListener;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A row that cannot be learnt, because the model is certain of its rejected answer, is told. */
class CertainRejectedTest {
  private final List<String> warnings = new ArrayList<>();
  private final CertainAnswers answers =
      new CertainAnswers(
          new TrainListener() {
            @Override
            public void onWarning(String name, String message) {
              warnings.add(name + ": " + message);
            }
          });

  private static TokenStats answer(float... logps) {
    float[] zeros = new float[logps.length];
    return new TokenStats(logps, zeros, zeros, new boolean[logps.length], null);
  }

  @Test
  void theFirstRowIsNamedAndTheOthersAreCounted() {
    answers.look(3, answer(-0.5f, -1e-9f));
    assertThat(warnings).isEmpty();
    answers.look(7, answer(0, -1e-9f));
    assertThat(warnings).hasSize(1);
    assertThat(warnings.get(0)).contains("certain_answer", "row 7", "cannot be learnt");
    answers.look(7, answer(0, 0));
    answers.look(9, answer(0, 0));
    assertThat(warnings).hasSize(1);
    answers.finish();
    assertThat(warnings.get(1)).contains("rejected answers of 2 rows");
  }
}
