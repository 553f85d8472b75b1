/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Bound;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Note;
import dev.dpo4j.config.value.Setting;
import dev.dpo4j.config.value.YamlSource;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.Tensor;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OptimizerOptionsTest {
  /** Float32 near one. */
  private static final Offset<Float> TOLERANCE = Offset.offset(1e-6f);

  private static Bound<OptimizerOptions> bound(String yaml) {
    return Binder.of(OptimizerOptions.class)
        .bind(YamlSource.parse(yaml, "f.yaml"), List.<Setting>of());
  }

  private static OptimizerOptions bind(String yaml) {
    return bound(yaml).value();
  }

  private static String fault(String yaml) {
    return catchThrowableOfType(ConfigException.class, () -> bind(yaml)).getMessage();
  }

  @ParameterizedTest
  @CsvSource({
    "paged_adamw_32bit, ADAMW, adamw_torch_fused",
    "adamw_bnb_8bit, ADAMW_8BIT, adamw_8bit",
    "paged_adamw_8bit, ADAMW_8BIT, adamw_8bit",
    "adamw_torch_4bit, ADAMW_8BIT, adamw_8bit",
    "rmsprop_bnb_8bit, RMSPROP, rmsprop",
    "paged_lion_8bit, LION, lion",
    "ademamix_8bit, ADEMAMIX, ademamix",
  })
  void aNameOfAnotherLibraryBecomesOneOfOursAndSaysSo(
      String name, OptimizerType type, String becomes) {
    OptimizerOptions options = bind("optim: " + name);
    assertThat(options.type()).isEqualTo(type);
    assertThat(bound("optim: " + name).notes())
        .singleElement()
        .returns(Note.Kind.TRANSLATED, Note::kind);
    assertThat(options.note()).startsWith(name).contains("as " + becomes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"adamw_torch_fused", "adamw_torch", "adamw_8bit", "sgd", "lion"})
  void aNameThatMeansWhatItSaysNeedsNoLine(String name) {
    assertThat(bind("optim: " + name).note()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "galore_adamw, write adamw_8bit",
    "lomo, write adafactor",
    "schedule_free_sgd, write sgd",
    "adamw_hf, write adamw_torch",
    "adamw_anyprecision, write adamw_torch",
    "adamw_torc, did you mean \"adamw_torch\"?",
    "prodigy, must be one of adamw_torch_fused",
  })
  void anotherNameIsRefusedWithWhatToWrite(String name, String remedy) {
    assertThat(fault("optim: " + name)).contains("optim", remedy);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "optim: sgd / optim_args: nesterov=true; nesterov needs a momentum",
        "optim: sgd / optim_args: dampening=0.1; no effect without momentum",
        "optim: sgd / optim_args: momentum=2; momentum must be in [0,1) but was \"2\"",
        "optim: sgd / optim_args: momentum; must be written as name=value",
        "optim: sgd / optim_args: weight_decay=0.1; write weight_decay as a key of its own",
        "optim: rmsprop / optim_args: alpha=x; alpha must be a number >= 0",
        "optim: adamw_torch / optim_args: eps=1e-6; takes none; write adam_epsilon",
        "optim: sgd / adam_beta1: 0.5; has no effect with optim sgd",
        "optim: lion / adam_epsilon: 1e-6; has no effect with optim lion",
      })
  void anArgumentThatActsOnNothingIsRefused(String yaml, String message) {
    assertThat(fault(yaml.replace(" / ", "\n"))).contains(message);
  }

  @Test
  void allFaultsOfTheArgumentsAreToldAtOnce() {
    assertThat(fault("optim: rmsprop\noptim_args: alpha=x,nesterov=true,eps=-1"))
        .contains("alpha", "nesterov", "eps");
  }

  @Test
  void whatIsKeptBetweenStepsIsAsLargeAsSaid() {
    for (String yaml :
        List.of(
            "optim: adamw",
            "optim: adamw_bf16_states",
            "optim: sgd",
            "optim: sgd\noptim_args: momentum=0.9",
            "optim: rmsprop\noptim_args: momentum=0.9,centered=true",
            "optim: adagrad",
            "optim: adafactor",
            "optim: lion",
            "optim: ademamix")) {
      OptimizerOptions options = bind(yaml);
      try (ParameterStore store =
              new ParameterStore.Layout()
                  .weight("matrix", 64, 128)
                  .weight("stack", 2, 32, 64)
                  .undecayed("norm", 256)
                  .allocate();
          Optimizer optimizer = options.create(store, ParameterRates.SAME)) {
        long bytes =
            optimizer.state().values().stream()
                .mapToLong((Tensor t) -> t.count() * t.dtype().byteSize())
                .sum();
        assertThat(options.stateBytes(store)).as(yaml).isEqualTo(bytes);
      }
    }
  }

  @Test
  void aLargeModelIsUpdatedAsASmallOne() {
    // More than one piece, with borders of decay and rates inside.
    long count = (1L << 18) + 77;
    for (String optim : List.of("sgd", "adafactor", "lion", "adamw")) {
      try (ParameterStore store =
              new ParameterStore.Layout()
                  .weight("a", count, 1)
                  .weight("b", count, 1)
                  .undecayed("n", 3)
                  .allocate();
          Optimizer optimizer =
              bind("weight_decay: 0.5\noptim: " + optim)
                  .create(store, ParameterRates.of(store, p -> p.name().equals("b") ? 4 : 1))) {
        store.values().fill_(1);
        store.grads().fill_(0.5);
        optimizer.step(0.01);
        float[] values = store.values().toFloats();
        double move = optim.equals("sgd") ? 0.5 : 1;
        double decay = 0.5;
        for (int i : new int[] {0, 1 << 18, (int) count - 1}) {
          assertThat(values[i]).as(optim).isEqualTo(near(1 - 0.01 * (move + decay)), TOLERANCE);
          assertThat(values[(int) count + i])
              .as(optim)
              .isEqualTo(near(1 - 0.04 * (move + decay)), TOLERANCE);
        }
        assertThat(values[2 * (int) count]).as(optim).isEqualTo(near(1 - 0.01 * move), TOLERANCE);
      }
    }
  }

  private static float near(double value) {
    return (float) value;
  }
}
