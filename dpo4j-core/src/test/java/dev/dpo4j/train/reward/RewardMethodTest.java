/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.dpo4j.api.RewardConfig;
import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.data.token.TokenizeOptions;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.weights.BaseForm;
import dev.dpo4j.tokenizer.TextChanges;
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

class RewardMethodTest {
  @TempDir private Path folder;

  private LanguageModel rewards() throws IOException {
    ToyRun.model(folder.resolve("m")).close();
    return LanguageModel.loadForRewards(folder.resolve("m"), BaseForm.FLOAT32, 1, TextChanges.NONE);
  }

  private static PreferenceDataset sequences(LanguageModel model, PreferenceRows rows) {
    return rows.tokenizeSequences(model.chat(), TokenizeOptions.ofMaxLength(64), done -> false);
  }

  @Test
  void theGradientOfAStepLowersItsLoss() throws IOException {
    try (LanguageModel model = rewards();
        CausalLm policy = model.compute(ComputeOptions.float32())) {
      RunContext context = ToyRun.context(folder, TrainListener.NONE);
      RewardMethod method =
          new RewardMethod(
              new RewardRun.Parts(model, sequences(model, ToyRun.PAIRS), null),
              RewardConfig.builder().build());
      assertThat(method.reference()).isEqualTo("none");
      try (TrainTask task = method.open(policy, context)) {
        double before = ToyRun.loss(task, context);
        ToyRun.descend(model, 0.01);
        assertThat(ToyRun.loss(task, context)).isLessThan(before);
      }
    }
  }

  @Test
  void aLanguageModelAndAColumnWithoutEffectAreRefused() throws IOException {
    try (LanguageModel words = ToyRun.model(folder.resolve("w"))) {
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  new RewardMethod(
                      new RewardRun.Parts(words, ToyRun.pairs(words), null),
                      RewardConfig.builder().build()))
          .withMessageContaining("load it for rewards");
    }
    try (LanguageModel model = rewards()) {
      PreferenceRows weighted =
          PreferenceRows.ofRows(
              List.of(Map.of("prompt", "a", "chosen", " house", "rejected", " x", "weight", 2.0)));
      assertThatExceptionOfType(DataException.class)
          .isThrownBy(
              () ->
                  new RewardMethod(
                      new RewardRun.Parts(model, sequences(model, weighted), null),
                      RewardConfig.builder().build()))
          .withMessageContaining("weight has no effect in reward");
    }
  }
}
