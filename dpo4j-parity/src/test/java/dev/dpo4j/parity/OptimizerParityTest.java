/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.config.Binder;
import dev.dpo4j.config.value.Setting;
import dev.dpo4j.config.value.YamlSource;
import dev.dpo4j.nn.Parameter;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.optim.Optimizer;
import dev.dpo4j.optim.OptimizerOptions;
import dev.dpo4j.optim.ParameterRates;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/** Every optimizer moves the weights as its class in Python does; see golden/optimizers.py. */
class OptimizerParityTest {
  /** Weights of about 0.1 in float32, after six steps that each round in a few places. */
  private static final double ROUNDING = 5e-8;

  /** The same for larger weights, as units of the last place: a card rounds in other places. */
  private static final int LAST_PLACES = 3;

  private static final JsonNode GOLDEN = Golden.read("optimizers.json");

  @TestFactory
  Stream<DynamicTest> everyOptimizerTakesTheStepsOfItsClass() {
    assertThat(GOLDEN.get("cases")).hasSizeGreaterThan(12);
    return GOLDEN.get("cases").values().stream()
        .map(row -> DynamicTest.dynamicTest(row.get("name").asString(), () -> follow(row)));
  }

  private static void follow(JsonNode row) {
    try (ParameterStore store = store();
        Optimizer optimizer = options(row).create(store, ParameterRates.SAME)) {
      fill(store, store.values(), GOLDEN.get("start"));
      for (int step = 1; step <= GOLDEN.get("rates").size(); step++) {
        fill(store, store.grads(), GOLDEN.get("gradients").get(step - 1));
        optimizer.step(GOLDEN.get("rates").get(step - 1).asDouble());
        JsonNode expected = row.get("weights").get(String.valueOf(step));
        if (expected != null) {
          compare(store, expected, "step " + step);
        }
      }
      assertThat(optimizer.steps()).isEqualTo(GOLDEN.get("rates").size());
      assertThat(store.grads().norm()).as("gradients after a step").isZero();
    }
  }

  private static OptimizerOptions options(JsonNode row) {
    String yaml =
        "optim: %s\nweight_decay: %s\n"
            .formatted(row.get("optim").asString(), row.get("weight_decay"));
    String arguments = row.get("optim_args").asString();
    if (!arguments.isEmpty()) {
      yaml += "optim_args: \"%s\"\n".formatted(arguments);
    }
    if (row.get("betas").get(1).asDouble() != 0.999) {
      yaml += "adam_beta2: %s\n".formatted(row.get("betas").get(1));
    }
    return bind(yaml);
  }

  private static OptimizerOptions bind(String yaml) {
    return Binder.of(OptimizerOptions.class)
        .bind(YamlSource.parse(yaml, "the test"), List.<Setting>of())
        .value();
  }

  /** The undecayed weight is asked for in the middle and lies at the end. */
  private static ParameterStore store() {
    ParameterStore.Layout layout = new ParameterStore.Layout();
    for (Map.Entry<String, JsonNode> entry : GOLDEN.get("shapes").properties()) {
      long[] shape = entry.getValue().values().stream().mapToLong(JsonNode::asLong).toArray();
      if (GOLDEN.get("undecayed").toString().contains('"' + entry.getKey() + '"')) {
        layout.undecayed(entry.getKey(), shape);
      } else {
        layout.weight(entry.getKey(), shape);
      }
    }
    return layout.allocate();
  }

  private static void fill(ParameterStore store, Tensor flat, JsonNode numbers) {
    for (Parameter parameter : store.parameters()) {
      try (Scope scope = Scope.open()) {
        float[] values = Golden.floats(numbers.get(parameter.name()));
        flat.narrow(0, parameter.offset(), parameter.count())
            .copy_(Tensor.ofFloats(values, values.length));
      }
    }
  }

  private static void compare(ParameterStore store, JsonNode expected, String when) {
    for (Parameter parameter : store.parameters()) {
      try (Scope scope = Scope.open()) {
        float[] found = store.values().narrow(0, parameter.offset(), parameter.count()).toFloats();
        float[] wanted = Golden.floats(expected.get(parameter.name()));
        assertThat(found).as("%s of %s", when, parameter).hasSameSizeAs(wanted);
        for (int i = 0; i < found.length; i++) {
          assertThat(found[i])
              .as("%s of %s at %d", when, parameter.name(), i)
              .isCloseTo(
                  wanted[i], within(Math.max((float) ROUNDING, LAST_PLACES * Math.ulp(wanted[i]))));
        }
      }
    }
  }

  @Test
  void loraPlusTrainsTheMatricesThatPeftTrainsFasterFaster() {
    JsonNode golden = GOLDEN.get("loraplus");
    ParameterStore.Layout layout = new ParameterStore.Layout();
    for (Map.Entry<String, JsonNode> entry : golden.get("shapes").properties()) {
      layout.weight(
          entry.getKey(), entry.getValue().values().stream().mapToLong(JsonNode::asLong).toArray());
    }
    double ratio = golden.get("ratio").asDouble();
    try (ParameterStore store = layout.allocate();
        Optimizer optimizer =
            bind("weight_decay: " + golden.get("weight_decay"))
                .create(
                    store,
                    ParameterRates.of(store, p -> p.name().contains(".lora_B.") ? ratio : 1))) {
      fill(store, store.values(), golden.get("start"));
      for (JsonNode gradients : golden.get("gradients").values()) {
        fill(store, store.grads(), gradients);
        optimizer.step(golden.get("rate").asDouble());
      }
      compare(store, golden.get("end"), "the end");
    }
  }
}
