/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class LrScheduleTest {

  @Test
  void everyRateEqualsThatOfTransformers() throws IOException {
    JsonNode cases = readTable().get("schedules");
    assertThat(cases).hasSizeGreaterThan(10);
    for (JsonNode row : cases) {
      double learningRate = row.get("learning_rate").asDouble();
      long trainingSteps = row.get("training_steps").asLong();
      long warmup = LrSchedule.warmupSteps(row.get("warmup").asDouble(), trainingSteps);
      assertThat(warmup).as("%s", row).isEqualTo(row.get("warmup_steps").asLong());
      JsonNode kwargs = row.get("kwargs");
      Map<String, String> values = new HashMap<>();
      kwargs.properties().forEach(entry -> values.put(entry.getKey(), entry.getValue().asString()));
      LrSchedule schedule =
          new SteppedSchedule(
              type(row), learningRate, warmup, trainingSteps, new ScheduleArguments(values));
      JsonNode rates = row.get("rates");
      for (int step = 0; step < rates.size(); step++) {
        // The last digit of a cosine may differ between the C library and Java.
        assertThat(schedule.lr(step))
            .as("%s at step %d", row.get("type"), step)
            .isCloseTo(rates.get(step).asDouble(), within(1e-20));
      }
    }
  }

  @Test
  void warmupIsAShareOfTheRunBelowOneAndStepsFromOneOn() {
    assertThat(LrSchedule.warmupSteps(0, 100)).isZero();
    assertThat(LrSchedule.warmupSteps(0.101, 100)).isEqualTo(11);
    assertThat(LrSchedule.warmupSteps(1, 100)).isEqualTo(1);
    assertThat(LrSchedule.warmupSteps(7.9, 100)).isEqualTo(7);
  }

  @Test
  void aNegativeNumberIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> linear(-1e-6, 0))
        .withMessageContaining("learning_rate");
    assertThatIllegalArgumentException().isThrownBy(() -> linear(1e-6, -1));
  }

  private static LrSchedule linear(double learningRate, long warmup) {
    return SteppedSchedule.of(LrSchedulerType.LINEAR, learningRate, warmup, 10);
  }

  private static LrSchedulerType type(JsonNode row) {
    return LrSchedulerType.valueOf(row.get("type").asString().toUpperCase(Locale.ROOT));
  }

  private static JsonNode readTable() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(LrScheduleTest.class.getResourceAsStream("/torch-tables.json"))) {
      return JsonMapper.shared().readTree(in);
    }
  }
}
