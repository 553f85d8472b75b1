/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.dpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.api.DpoConfigBuilder;
import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.data.token.TokenizeOptions;
import dev.dpo4j.loss.FDivergence;
import dev.dpo4j.loss.objective.LossType;
import dev.dpo4j.loss.objective.OwnLoss;
import dev.dpo4j.loss.pair.SigmoidLoss;
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
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DpoMethodTest {
  @TempDir private Path folder;

  /** Tokens are summed in float32. */
  private static final double FLOAT = 1e-5;

  private static DpoConfigBuilder config() {
    return DpoConfig.builder().refLogpsCache("off");
  }

  private static DpoMethod method(LanguageModel model, DpoConfig config) {
    return new DpoMethod(new DpoRun.Parts(model, null, ToyRun.pairs(model), null), config);
  }

  @Test
  void anUntrainedPolicyIsIndifferentAndItsGradientChangesThat() throws IOException {
    try (LanguageModel model = ToyRun.model(folder.resolve("m"));
        CausalLm policy = model.compute(ComputeOptions.float32())) {
      List<Integer> done = new ArrayList<>();
      RunContext context =
          ToyRun.context(
              folder,
              new TrainListener() {
                @Override
                public void onReference(int rowsDone, int rows) {
                  done.add(rowsDone);
                  assertThat(rows).isEqualTo(4);
                }
              });
      try (TrainTask task = method(model, config().build()).open(policy, context)) {
        assertThat(done).containsExactly(2, 4);
        assertThat(ToyRun.loss(task, context)).isCloseTo(Math.log(2), within(FLOAT));
        ToyRun.descend(model, 0.1);
        // The reference was computed before and does not move with the policy.
        assertThat(ToyRun.loss(task, context)).isLessThan(Math.log(2));
      }
    }
  }

  @Test
  void aReferenceInMemoryGivesTheNumbersOfOneThatWasComputedBefore() throws IOException {
    List<Double> losses = new ArrayList<>();
    for (boolean before : new boolean[] {true, false}) {
      try (LanguageModel model = ToyRun.model(folder.resolve("m" + before));
          CausalLm policy = model.compute(ComputeOptions.float32())) {
        RunContext context = ToyRun.context(folder, TrainListener.NONE);
        DpoConfigBuilder config = before ? config() : DpoConfig.builder();
        DpoMethod method = method(model, config.precomputeRefLogProbs(before).build());
        assertThat(method.holdsSecondModel()).isEqualTo(!before);
        try (TrainTask task = method.open(policy, context)) {
          ToyRun.loss(task, context);
          ToyRun.descend(model, 0.1);
          losses.add(ToyRun.loss(task, context));
        }
      }
    }
    assertThat(losses.get(0)).isCloseTo(losses.get(1), within(FLOAT));
  }

  @Test
  void aLossWithoutReferenceOpensNone() throws IOException {
    try (LanguageModel model = ToyRun.model(folder.resolve("m"))) {
      DpoMethod method = method(model, DpoConfig.builder().lossType(LossType.SIMPO).build());
      assertThat(method.reference()).isEqualTo("none");
      assertThat(method.holdsSecondModel()).isFalse();
    }
  }

  @Test
  void aColumnThatTheLossCannotHonourIsRefused() throws IOException {
    try (LanguageModel model = ToyRun.model(folder.resolve("m"))) {
      PreferenceDataset weighted =
          PreferenceRows.ofRows(
                  List.of(
                      Map.of("prompt", "a", "chosen", " house", "rejected", " x", "weight", 2.0)))
              .tokenize(model.chat(), TokenizeOptions.ofMaxLength(64));
      DpoRun.Parts parts = new DpoRun.Parts(model, null, weighted, null);
      new DpoMethod(parts, DpoConfig.builder().build());
      assertThatExceptionOfType(DataException.class)
          .isThrownBy(
              () -> new DpoMethod(parts, DpoConfig.builder().lossType(LossType.AOT).build()))
          .withMessageContaining("weight")
          .withMessageContaining("aot");
    }
  }

  @Test
  void theDigestOfTheDataChangesWithAnyToken() throws IOException {
    try (LanguageModel model = ToyRun.model(folder.resolve("m"))) {
      PreferenceDataset all = ToyRun.pairs(model);
      PreferenceDataset less = new PreferenceDataset(all.pairs().subList(1, 4), all.report());
      DpoConfig config = DpoConfig.builder().build();
      String whole = method(model, config).dataSha256();
      assertThat(whole).isEqualTo(method(model, config).dataSha256());
      assertThat(new DpoMethod(new DpoRun.Parts(model, null, less, null), config).dataSha256())
          .isNotEqualTo(whole);
      assertThat(new DpoMethod(new DpoRun.Parts(model, null, all, all), config).dataSha256())
          .isNotEqualTo(whole);
    }
  }

  @Test
  void anOwnLossIsKnownAgainByItsNameAndItsNumbers() throws IOException {
    OwnLoss mine = new OwnLoss("mine", new SigmoidLoss(0.1, FDivergence.REVERSE_KL));
    OwnLoss same =
        new OwnLoss("mine", pair -> new SigmoidLoss(0.1, FDivergence.REVERSE_KL).loss(pair));
    OwnLoss steeper = new OwnLoss("mine", new SigmoidLoss(0.2, FDivergence.REVERSE_KL));
    assertThat(mine.identity()).startsWith("mine ").isEqualTo(same.identity());
    assertThat(steeper.identity()).isNotEqualTo(mine.identity());
    try (LanguageModel model = ToyRun.model(folder.resolve("m"))) {
      DpoRun.Parts parts = new DpoRun.Parts(model, null, ToyRun.pairs(model), null, mine);
      assertThat(new DpoMethod(parts, DpoConfig.builder().build()).ownLoss())
          .isEqualTo(mine.identity());
      assertThat(method(model, DpoConfig.builder().build()).ownLoss()).isNull();
    }
  }
}
