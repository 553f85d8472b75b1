/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.kto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.api.KtoConfig;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.token.ExampleDataset;
import dev.dpo4j.loss.single.KtoLoss;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.ToyRun;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainTask;
import dev.dpo4j.train.loop.TrainingMethod.RunContext;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KtoMethodTest {
  @TempDir private Path folder;

  private static KtoMethod method(LanguageModel model, ExampleDataset rows, KtoConfig config) {
    return new KtoMethod(new KtoRun.Parts(model, null, rows, null), config);
  }

  @Test
  void anUntrainedPolicyLosesHalfAndItsGradientLowersThat() throws IOException {
    try (LanguageModel model = ToyRun.model(folder.resolve("m"));
        CausalLm policy = model.compute(ComputeOptions.float32())) {
      RunContext context = ToyRun.context(folder, TrainListener.NONE);
      KtoMethod method = method(model, ToyRun.labelled(model), KtoConfig.builder().build());
      try (TrainTask task = method.open(policy, context)) {
        // 1 - sigmoid(0); tokens are summed in float32.
        assertThat(ToyRun.loss(task, context)).isCloseTo(0.5, within(1e-5));
        ToyRun.descend(model, 0.1);
        assertThat(ToyRun.loss(task, context)).isLessThan(0.5);
      }
    }
  }

  @Test
  void oneRowGivesNoEstimateOfTheKlDivergence() throws IOException {
    try (LanguageModel model = ToyRun.model(folder.resolve("m"))) {
      ExampleDataset all = ToyRun.labelled(model);
      ExampleDataset one = new ExampleDataset(all.examples().subList(0, 1), all.report());
      assertThatExceptionOfType(DataException.class)
          .isThrownBy(() -> method(model, one, KtoConfig.builder().build()))
          .withMessageContaining("only one row is left");
      KtoConfig unpaired = KtoConfig.builder().lossType(KtoLoss.Kind.APO_ZERO_UNPAIRED).build();
      assertThat(method(model, one, unpaired).trainRows()).isEqualTo(1);
    }
  }

  @Test
  void labelsFarFromBalanceAreWarnedOf() throws IOException {
    try (LanguageModel model = ToyRun.model(folder.resolve("m"))) {
      List<String> warnings = new ArrayList<>();
      RunContext context =
          ToyRun.context(
              folder,
              new TrainListener() {
                @Override
                public void onWarning(String name, String message) {
                  warnings.add(message);
                }
              });
      ExampleDataset rows = ToyRun.labelled(model);
      method(model, rows, KtoConfig.builder().build()).prepare(context);
      assertThat(warnings).isEmpty();
      method(model, rows, KtoConfig.builder().desirableWeight(3).build()).prepare(context);
      // Two and two: equal numbers need no weights, so nothing is said either.
      assertThat(warnings).isEmpty();
      ExampleDataset three = new ExampleDataset(rows.examples().subList(0, 3), rows.report());
      method(model, three, KtoConfig.builder().build()).prepare(context);
      assertThat(warnings).singleElement().asString().contains("2 desirable answers", "2.00 to 1");
    }
  }
}
