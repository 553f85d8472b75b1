/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.sft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.api.SftConfig;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.data.TrainingRows;
import dev.dpo4j.data.token.ExampleDataset;
import dev.dpo4j.data.token.TokenizedExample;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.nn.LogProbHead.Want;
import dev.dpo4j.nn.TokenStats;
import dev.dpo4j.train.ToyRun;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainTask;
import dev.dpo4j.train.loop.TrainingMethod.RunContext;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SftMethodTest {
  @TempDir private Path folder;

  private static ExampleDataset examples(LanguageModel model, SftConfig config) {
    return TrainingRows.ofRows(
            List.of(
                Map.of("prompt", "a lantern", "completion", " in a window"),
                Map.of("prompt", "the window", "completion", " of the house"),
                Map.of("prompt", "a", "completion", " lantern"),
                Map.of("prompt", "the", "completion", " house")))
        .tokenizeSupervised(model.chat(), config.data().supervisedOptions());
  }

  private static SftMethod method(LanguageModel model, SftConfig config) {
    ExampleDataset rows = examples(model, config);
    return new SftMethod(model.config(), rows.examples(), null, rows.report(), config);
  }

  @Test
  void theLossIsTheMeanOverTheTokensOfTheCompletions() throws IOException {
    SftConfig config = SftConfig.builder().maxLength(64).build();
    try (LanguageModel model = ToyRun.model(folder.resolve("m"));
        CausalLm policy = model.compute(ComputeOptions.float32())) {
      RunContext context = ToyRun.context(folder, TrainListener.NONE);
      double sum = 0;
      int tokens = 0;
      for (TokenizedExample row : examples(model, config).examples().subList(0, 2)) {
        FlatBatch one =
            FlatBatch.of(List.of(FlatBatch.Tree.single(row.promptIds(), row.completionIds())));
        TokenStats stats = policy.score(one, Want.LOGPS);
        sum += stats.sumLogps(one.entryStart(0), one.entryEnd(0));
        tokens += row.completionIds().length;
      }
      try (TrainTask task = method(model, config).open(policy, context)) {
        // Tokens are summed in float32.
        assertThat(ToyRun.loss(task, context)).isCloseTo(-sum / tokens, within(1e-4));
        ToyRun.descend(model, 0.1);
        assertThat(ToyRun.loss(task, context)).isLessThan(-sum / tokens);
      }
    }
  }

  @Test
  void packsAreTheRowsOfAPackedRun() throws IOException {
    try (LanguageModel model = ToyRun.model(folder.resolve("m"))) {
      SftMethod packed = method(model, SftConfig.builder().maxLength(64).packing(true).build());
      SftMethod plain = method(model, SftConfig.builder().maxLength(64).build());
      assertThat(plain.trainRows()).isEqualTo(4);
      assertThat(packed.trainRows()).isLessThan(4);
      assertThat(packed.unit()).isEqualTo("packs");
      assertThat(packed.packed()).startsWith("packing bfd: 4 examples are ");
      assertThat(packed.tokensPerEpoch()).isEqualTo(plain.tokensPerEpoch());
      assertThat(plain.packed()).isNull();
    }
  }

  @Test
  void anOptionWithoutEffectOnTheDataIsRefused() throws IOException {
    SftConfig config = SftConfig.builder().completionOnlyLoss(true).build();
    try (LanguageModel model = ToyRun.model(folder.resolve("m"))) {
      ExampleDataset texts =
          TrainingRows.ofRows(List.of(Map.of("text", "a lantern in a window")))
              .tokenizeSupervised(model.chat(), config.data().supervisedOptions());
      assertThatExceptionOfType(ConfigException.class)
          .isThrownBy(() -> SftMethod.check(texts, config.data()))
          .withMessageContaining("completion_only_loss");
      SftMethod.check(examples(model, config), config.data());
    }
  }
}
