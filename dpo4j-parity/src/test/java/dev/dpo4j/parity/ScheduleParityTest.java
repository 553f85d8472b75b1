/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.config.Binder;
import dev.dpo4j.config.value.Setting;
import dev.dpo4j.config.value.YamlSource;
import dev.dpo4j.optim.schedule.LrSchedule;
import dev.dpo4j.optim.schedule.LrSchedulerType;
import dev.dpo4j.optim.schedule.MetricSchedule;
import dev.dpo4j.optim.schedule.ScheduleOptions;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/** Every schedule gives the rates that transformers gives; see golden/schedules.py. */
class ScheduleParityTest {
  /** The last digits of a cosine or a power may differ between the C library and Java. */
  private static final double RELATIVE = 1e-12;

  private static final JsonNode GOLDEN = Golden.read("schedules.json");

  @Test
  void everyTypeOfScheduleIsCompared() {
    Set<String> types = new HashSet<>();
    for (String group : List.of("by_step", "by_metric")) {
      GOLDEN.get(group).forEach(row -> types.add(row.get("type").asString()));
    }
    assertThat(Stream.of(LrSchedulerType.values()).map(LrSchedulerType::configName))
        .containsExactlyInAnyOrderElementsOf(types);
  }

  @TestFactory
  Stream<DynamicTest> everyRateEqualsThatOfTransformers() {
    return GOLDEN.get("by_step").values().stream()
        .map(
            row ->
                DynamicTest.dynamicTest(
                    name(row) + " " + row.get("warmup"),
                    () -> {
                      LrSchedule schedule =
                          schedule(row, row.get("warmup").asInt(), row.get("steps").asLong());
                      JsonNode rates = row.get("rates");
                      assertThat(rates).hasSizeGreaterThan(10);
                      for (int step = 0; step < rates.size(); step++) {
                        compare(schedule.lr(step), rates.get(step), "step " + step);
                      }
                    }));
  }

  @TestFactory
  Stream<DynamicTest> everyRateAfterAnEvaluationEqualsThatOfTransformers() {
    return GOLDEN.get("by_metric").values().stream()
        .map(
            row ->
                DynamicTest.dynamicTest(
                    name(row),
                    () -> {
                      MetricSchedule schedule = (MetricSchedule) schedule(row, 0, 100);
                      for (int i = 0; i < row.get("rates").size(); i++) {
                        double metric = GOLDEN.get("metrics").get(i).asDouble();
                        schedule.evaluated(Map.of("eval_loss", metric));
                        compare(schedule.lr(i), row.get("rates").get(i), "evaluation " + i);
                      }
                    }));
  }

  private static String name(JsonNode row) {
    return row.get("type").asString() + " " + row.get("kwargs");
  }

  private static void compare(double rate, JsonNode expected, String when) {
    double wanted = expected.asDouble();
    assertThat(rate).as(when).isCloseTo(wanted, within(RELATIVE * Math.max(wanted, 1e-6)));
  }

  private static LrSchedule schedule(JsonNode row, int warmup, long steps) {
    String yaml =
        "lr_scheduler_type: %s\nlr_scheduler_kwargs: %s\n"
            .formatted(row.get("type").asString(), row.get("kwargs"));
    if (warmup > 0) {
      yaml += "warmup_steps: " + warmup + "\n";
    }
    ScheduleOptions options =
        Binder.of(ScheduleOptions.class)
            .bind(YamlSource.parse(yaml, "the test"), List.<Setting>of())
            .value();
    return options.schedule(row.get("rate").asDouble(), steps, "eval_loss");
  }
}
